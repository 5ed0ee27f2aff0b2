namespace Trainer.Robustness;

/// <summary>What a network was made to compute, counted in images.</summary>
/// <param name="Forward">Images through a forward pass.</param>
/// <param name="Backward">Images through a backward pass to the input.</param>
public readonly record struct PassCount(long Forward, long Backward)
{
    /// <summary>The passes between two counts.</summary>
    public static PassCount operator -(PassCount later, PassCount earlier) =>
        new(later.Forward - earlier.Forward, later.Backward - earlier.Backward);
}
