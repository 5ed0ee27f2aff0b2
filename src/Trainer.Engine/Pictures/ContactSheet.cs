namespace Trainer.Engine.Pictures;

/// <summary>Images side by side, in rows.</summary>
internal static class ContactSheet
{
    /// <summary>
    /// Lays the images out, from left to right and from top to bottom; the rest of the last row is black.
    /// </summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1] on the CPU, C 1 or 3.</param>
    /// <param name="columns">How many images a row, at least 1.</param>
    /// <param name="scale">Pixels a side for each of the images' pixels.</param>
    /// <returns>UInt8 [C, rows · H · scale, columns · W · scale].</returns>
    public static Tensor Of(Tensor images, int columns, int scale = 2)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (n, channels, height, width) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3]);
        var rows = (n + columns - 1) / columns;
        var filled = cat([images, zeros([rows * columns - n, channels, height, width])], 0);
        var sheet = filled.reshape(rows, columns, channels, height, width).permute(2, 0, 3, 1, 4)
            .reshape(channels, rows * height, columns * width);
        return (sheet.repeat_interleave(scale, 1).repeat_interleave(scale, 2) * 255).round().to(ScalarType.Byte)
            .MoveToOuterDisposeScope();
    }
}
