namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Images to corrupt.</summary>
/// <param name="Images">Float64 [N, C, H, W] in [0, 1] on the CPU, multiples of 1/255.</param>
/// <param name="Severity">From 1 to 5.</param>
/// <param name="Draws">The random numbers.</param>
internal sealed record CorruptionBatch(Tensor Images, int Severity, CorruptionDraws Draws)
{
    // The side of the images that the constants are for.
    private const double ConstantsSide = 32;

    /// <summary>The number of images.</summary>
    public long Count => Images.shape[0];

    /// <summary>Rows of an image.</summary>
    public long Height => Images.shape[2];

    /// <summary>Columns of an image.</summary>
    public long Width => Images.shape[3];

    /// <summary>The shorter side of an image.</summary>
    public long Side => Math.Min(Height, Width);

    /// <summary>What lengths in pixels are multiplied by.</summary>
    public double Scale => Side / ConstantsSide;

    /// <summary>The constant of the severity.</summary>
    /// <param name="constants">One for each severity.</param>
    public T Of<T>(params ReadOnlySpan<T> constants) => constants[Severity - 1];
}
