namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Makes the image smaller and as large again by Pillow's box filter.</summary>
internal sealed class Pixelate : ICorruption
{
    /// <inheritdoc/>
    public string Name => "pixelate";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var factor = batch.Of(0.95, 0.9, 0.85, 0.75, 0.65);
        var (height, width) = ((long)(batch.Height * factor), (long)(batch.Width * factor));
        var small = Resize((batch.Images * 255).round(), height, width);
        return Resize(small, batch.Height, batch.Width) / 255;
    }

    /// <summary>Columns, then rows; bytes after each.</summary>
    private static Tensor Resize(Tensor bytes, long height, long width)
    {
        var columns = (AxisWeights.Columns(bytes, Box(bytes.shape[3], width)) + 0.5).floor();
        return (AxisWeights.Rows(columns, Box(bytes.shape[2], height)) + 0.5).floor();
    }

    /// <summary>The weights of the pixels under each new pixel.</summary>
    /// <returns>Float64 [to, from].</returns>
    private static Tensor Box(long from, long to)
    {
        var (scale, matrix) = ((double)from / to, new double[to, from]);
        var width = Math.Max(1, scale);
        for (var place = 0; place < to; place++)
        {
            var centre = (place + 0.5) * scale;
            var (first, end) = (Math.Max(0, (int)(centre - (width / 2) + 0.5)),
                Math.Min(from, (int)(centre + (width / 2) + 0.5)));
            var inside = Enumerable.Range(first, (int)end - first)
                .Where(pixel => (pixel - centre + 0.5) / width is > -0.5 and <= 0.5).ToList();
            foreach (var pixel in inside)
                matrix[place, pixel] = 1.0 / inside.Count;
        }
        return tensor(matrix);
    }
}
