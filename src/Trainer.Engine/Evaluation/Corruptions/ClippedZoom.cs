namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>
/// Enlarges the middle of images to their whole size, as the public code does with SciPy's <c>zoom</c>.
/// </summary>
internal static class ClippedZoom
{
    /// <summary>Enlarges by bilinear interpolation between the centres of the outermost pixels.</summary>
    /// <param name="images">Float64 [N, C, H, W].</param>
    /// <param name="factor">At least 1.</param>
    public static Tensor Apply(Tensor images, double factor)
    {
        var (height, width) = (images.shape[2], images.shape[3]);
        var (rows, columns) = (Middle(height, factor), Middle(width, factor));
        var middle = images.narrow(2, (height - rows) / 2, rows).narrow(3, (width - columns) / 2, columns);
        var (tall, wide) = (Enlarged(rows, factor), Enlarged(columns, factor));
        if ((tall, wide) != (rows, columns))
            middle = nn.functional.interpolate(
                middle, [tall, wide], mode: InterpolationMode.Bilinear, align_corners: true);
        return middle.narrow(2, (tall - height) / 2, height).narrow(3, (wide - width) / 2, width);
    }

    private static long Middle(long side, double factor) => (long)Math.Ceiling(side / factor);

    private static long Enlarged(long side, double factor) => (long)Math.Round(side * factor);
}
