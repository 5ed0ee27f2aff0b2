namespace Trainer.Engine.Pictures;

/// <summary>
/// Examples side by side: one column each, the clean image above, the adversarial one below it, and ten times their
/// difference below that.
/// </summary>
internal static class ExampleSheet
{
    private const double Magnification = 10;

    /// <summary>Lays the examples out.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], C 1 or 3.</param>
    /// <param name="adversarial">Float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="scale">Pixels a side for each of the images' pixels.</param>
    /// <returns>UInt8 [C, 3 H · scale, N W · scale] on the CPU.</returns>
    public static Tensor Of(Tensor images, Tensor adversarial, int scale = 2)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var difference = ((adversarial - images) * Magnification / 2 + 0.5).clamp(0, 1);
        var (n, channels, height, width) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3]);
        var sheet = stack([images, adversarial, difference]).permute(2, 0, 3, 1, 4)
            .reshape(channels, 3 * height, n * width);
        return (sheet.repeat_interleave(scale, 1).repeat_interleave(scale, 2) * 255).round().to(ScalarType.Byte).cpu()
            .MoveToOuterDisposeScope();
    }
}
