namespace Trainer.Robustness.Objectives;

/// <summary>Which training images the rows of a batch are, and where in them their pixels come from.</summary>
/// <param name="Rows">Int64 [N]: places among the training images.</param>
/// <param name="Pixels">
/// Int64 [N, H · W]: 1 + the pixel's place in its image, row by row; 0 for one that is not of the image, such as a
/// crop's border.
/// </param>
public sealed record ImageOrigin(Tensor Rows, Tensor Pixels)
{
    /// <summary>Images as they are.</summary>
    /// <param name="rows">Int64 [N]: places among the training images.</param>
    /// <param name="images">[N, C, H, W].</param>
    public static ImageOrigin Unchanged(Tensor rows, Tensor images) =>
        new(rows, (arange(images.shape[2] * images.shape[3], ScalarType.Int64, images.device) + 1)
            .expand(images.shape[0], -1));

    /// <summary>Consecutive rows: views.</summary>
    public ImageOrigin Part(long first, long count) =>
        new(Rows.narrow(0, first, count), Pixels.narrow(0, first, count));
}
