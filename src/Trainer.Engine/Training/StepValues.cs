using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Training;

/// <summary>What a step found, on the device: nothing waits for it.</summary>
/// <param name="Images">The number of images N.</param>
/// <param name="Sums">
/// [3]: the loss times N, and how many clean and adversarial images are classified correctly.
/// </param>
/// <param name="CleanImages">The clean images that were classified.</param>
/// <param name="AdversarialImages">The adversarial ones.</param>
/// <param name="Violation">
/// Float []: how far the adversarial images leave the objective's bound; null where nothing was attacked.
/// </param>
internal sealed record StepValues(
    long Images, Tensor Sums, long CleanImages, long AdversarialImages, Tensor? Violation)
{
    /// <summary>What an objective computed for a batch, or for a process's share of it.</summary>
    /// <param name="loss">What the objective computed.</param>
    /// <param name="images">The number of images of the batch.</param>
    /// <param name="weight">What the share weighs in the batch's loss; 1 for the whole batch.</param>
    /// <param name="violation">Float []; null where nothing was attacked.</param>
    public static StepValues Of(ObjectiveLoss loss, long images, double weight, Tensor? violation)
    {
        using var noGrad = no_grad();
        var sums = stack([loss.Loss.detach() * (weight * images), Correct(loss.Clean, loss.Loss),
            Correct(loss.Adversarial, loss.Loss)]);
        return new(images, sums, Count(loss.Clean), Count(loss.Adversarial), violation);
    }

    private static Tensor Correct(Predictions? predictions, Tensor like) =>
        predictions is null ? zeros([], like.dtype, like.device)
        : predictions.Logits.argmax(1).eq(predictions.Labels).sum(like.dtype);

    private static long Count(Predictions? predictions) => predictions?.Labels.shape[0] ?? 0;
}
