using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// E-AT (Croce and Hein 2022, arXiv:2105.12508), made for L∞ and L1: the mean cross-entropy of images that are
/// adversarial in one threat model, drawn for each batch with probabilities in proportion to the errors so far. The
/// error of a threat model is the share of its adversarial images that were misclassified, of all its batches since the
/// run began, as in the public code; until each was drawn, they are drawn evenly. Departure from the public code: an
/// image counts by the update's own prediction of it, where the public code counts one that was misclassified at any
/// iterate, in evaluation mode. The draw waits for the device.
/// </summary>
[Component("e-at")]
public sealed record ExtremeNorms : SeveralThreats
{
    private const string Errors = "errors";

    /// <inheritdoc/>
    /// <remarks>For each threat model, how many images were misclassified, and of how many.</remarks>
    public override IReadOnlyDictionary<string, StateTensor> State(TrainingSizes sizes) =>
        new Dictionary<string, StateTensor> { [Errors] = new([Threats.Count, 2]) };

    /// <inheritdoc/>
    public override Tensor? PerturbUnchecked(TrainingBatch batch) => Attacked(batch, Drawn(batch));

    /// <inheritdoc/>
    public override ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        var (loss, drawn) = (new Mix().CrossEntropy(batch, adversarial), Drawn(batch));
        return loss with { AfterStep = () => Count(batch, drawn, loss.Adversarial!) };
    }

    /// <summary>How probable each threat model is.</summary>
    /// <param name="errors">Float32 [T, 2]: misclassified images, and all.</param>
    internal static IReadOnlyList<double> Probabilities(Tensor errors)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var counts = errors.to(ScalarType.Float64).cpu().data<double>().ToArray().Chunk(2).ToList();
        var shares = counts.ConvertAll(count => count[0] / count[1]);
        return counts.Exists(count => count[1] == 0) || shares.Sum() == 0
            ? [.. shares.Select(_ => 1.0 / shares.Count)]
            : [.. shares.Select(share => share / shares.Sum())];
    }

    private static int Drawn(TrainingBatch batch) => Draw(batch, Probabilities(batch.State[Errors]));

    private static void Count(TrainingBatch batch, int drawn, Predictions predictions)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var wrong = predictions.Logits.argmax(1).ne(predictions.Labels).sum(predictions.Logits.dtype);
        var sums = stack([wrong, full_like(wrong, predictions.Labels.shape[0])]);
        batch.Combine?.Invoke([sums]);
        batch.State[Errors][drawn].add_(sums);
    }
}
