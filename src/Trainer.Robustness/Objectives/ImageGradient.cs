using Trainer.Robustness.Losses;
using Trainer.Robustness.Native;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// The gradient of the loss that attacks maximise with respect to images, through the network in training.
/// </summary>
internal static class ImageGradient
{
    /// <summary>By one forward pass and one backward pass.</summary>
    /// <param name="batch">Whose labels the images have.</param>
    /// <param name="images">Float32 [N, C, H, W]; not modified.</param>
    /// <param name="createGraph">Whether the gradient is to be differentiated by the weights.</param>
    /// <returns>Float32 [N, C, H, W]: each row's own; zero where the network cuts its own graph.</returns>
    public static Tensor At(TrainingBatch batch, Tensor images, bool createGraph = false)
    {
        using var scope = NewDisposeScope();
        var input = images.detach().requires_grad_();
        var logits = batch.Network.Logits(null, input, Normalise.Joint).Adversarial!;
        var losses = batch.Targets.Loss(AttackLossKind.CrossEntropy, batch.Network.Classifier.Classes)
            .PerExample(logits);
        var gradient = (losses.requires_grad
            ? GuardedCalls.Gradients(losses.sum(), [input], createGraph: createGraph)[0] : null)
            ?? zeros_like(images);
        batch.Network.Classifier.CountBackward(gradient, 1);
        return gradient.MoveToOuterDisposeScope();
    }
}
