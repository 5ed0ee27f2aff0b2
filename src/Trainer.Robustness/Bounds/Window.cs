namespace Trainer.Robustness.Bounds;

/// <summary>
/// Which rows, and which columns, of an earlier layer a pixel depends on: pixel y on the <paramref name="Size"/> ones
/// that begin at y · <paramref name="Stride"/> − <paramref name="Before"/>. Some may be outside the image.
/// </summary>
/// <param name="Stride">How far the windows of neighbours are apart.</param>
/// <param name="Before">How far the first window begins outside the image.</param>
/// <param name="Size">Rows of a window.</param>
internal readonly record struct Window(long Stride, long Before, long Size)
{
    /// <summary>A pixel itself.</summary>
    public static Window Pixel { get; } = new(1, 0, 1);

    /// <summary>The pixels before a convolution or a pool; null where its windows are not squares.</summary>
    /// <param name="kernel">Rows and columns.</param>
    /// <param name="stride">Of rows and columns.</param>
    /// <param name="padding">Of rows and columns.</param>
    /// <param name="dilation">Of rows and columns.</param>
    public Window? Through(long[] kernel, long[] stride, long[] padding, long[] dilation) =>
        !IsEqual(kernel) || !IsEqual(stride) || !IsEqual(padding) || !IsEqual(dilation) ? null : new(
            Stride * stride[0], (Before * stride[0]) + padding[0],
            ((Size - 1) * stride[0]) + ((kernel[0] - 1) * dilation[0]) + 1);

    /// <summary>The pixels of two windows; null where they move apart.</summary>
    public Window? Union(Window other)
    {
        if (Stride != other.Stride)
            return null;
        var before = Math.Max(Before, other.Before);
        return new(Stride, before, Math.Max(Size - Before, other.Size - other.Before) + before);
    }

    /// <summary>Whether the windows of all pixels, of a row or a column, are inside the image.</summary>
    /// <param name="windows">Pixels of a row or a column.</param>
    /// <param name="size">That of the earlier layer.</param>
    public bool IsInside(long windows, long size) => Before <= 0 && After(windows, size) <= 0;

    /// <summary>Whether the window is no larger than the image.</summary>
    /// <param name="values">Float [N, C, H, W], of the earlier layer.</param>
    public bool FitsIn(Tensor values) => Size <= Math.Min(values.shape[2], values.shape[3]);

    /// <summary>Values with zeros, or without the pixels that no window reaches, so that windows fill them.</summary>
    /// <param name="values">Float […, H, W], of the earlier layer.</param>
    /// <param name="rows">Rows of windows.</param>
    /// <param name="columns">Columns of windows.</param>
    public Tensor Padded(Tensor values, long rows, long columns) => nn.functional.pad(
        values, [Before, After(columns, values.shape[^1]), Before, After(rows, values.shape[^2])]);

    private long After(long windows, long size) => ((windows - 1) * Stride) + Size - Before - size;

    private static bool IsEqual(long[] sizes) => sizes[0] == sizes[^1];
}
