namespace Trainer.Robustness.Models;

/// <summary>The shape of one image.</summary>
/// <param name="Channels">C: 1 for grey, 3 for RGB.</param>
/// <param name="Height">H, in pixels.</param>
/// <param name="Width">W, in pixels.</param>
public readonly record struct ImageShape(long Channels, long Height, long Width)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Channels}×{Height}×{Width}";
}
