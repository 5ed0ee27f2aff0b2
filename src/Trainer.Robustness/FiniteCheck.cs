namespace Trainer.Robustness;

/// <summary>Refuses logits and gradients that are not finite, which waits for the device at each pass.</summary>
/// <param name="classifier">The network, without this check.</param>
/// <param name="images">
/// Float [N, C, H, W], the images that are attacked; the message counts those that already have such logits.
/// </param>
internal sealed class FiniteCheck(Classifier classifier, Tensor images)
{
    /// <summary>Checks the outputs of a forward pass.</summary>
    /// <exception cref="NotFiniteNumberException">One is NaN or infinite.</exception>
    public void CheckLogits(Tensor logits)
    {
        using var scope = NewDisposeScope();
        Refuse(logits.isfinite().logical_not(), "logits that are NaN or infinite");
    }

    /// <summary>Checks the gradient of a backward pass.</summary>
    /// <exception cref="NotFiniteNumberException">A value is NaN.</exception>
    public void CheckGradient(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Refuse(gradient.isnan(), "a gradient that is NaN");
    }

    private void Refuse(Tensor others, string what)
    {
        if (!others.any().item<bool>())
            return;
        using var noGrad = no_grad();
        var before = classifier.Logits(images).isfinite().all(1).logical_not().sum().item<long>();
        throw new NotFiniteNumberException(
            $"Found {what} during an attack (the logits of {before} of {images.shape[0]} images before it), "
            + $"expected finite numbers. {Classifier.WhereToLook}");
    }
}
