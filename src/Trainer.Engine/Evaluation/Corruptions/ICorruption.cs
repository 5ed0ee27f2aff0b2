namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>
/// One of the common corruptions of Hendrycks and Dietterich 2019 (arXiv:1903.12261), with the constants of their
/// public code for images of 32×32 (CIFAR-10-C). Lengths in pixels are scaled by the side of the image over 32.
/// </summary>
internal interface ICorruption
{
    /// <summary>Its name in tables and files.</summary>
    string Name { get; }

    /// <summary>Corrupts a batch.</summary>
    /// <param name="batch">The images, and what is drawn for them.</param>
    /// <returns>
    /// Float64 [N, C, H, W]; values outside [0, 1] are clipped, and all are rounded down to a byte, as in the public
    /// code.
    /// </returns>
    Tensor Apply(CorruptionBatch batch);
}
