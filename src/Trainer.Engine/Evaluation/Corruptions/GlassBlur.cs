namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Moves pixels to near places, between two blurs.</summary>
internal sealed class GlassBlur : ICorruption
{
    private const double Deviations = 4;

    /// <inheritdoc/>
    public string Name => "glass-blur";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var (sigma, reach, times) = batch.Of((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2));
        sigma *= batch.Scale;
        reach = Math.Max(1, (int)Math.Round(reach * batch.Scale));
        var bytes = (GaussianFilter.Smooth(batch.Images, sigma, Deviations, mirrors: false) * 255).floor();
        using var draws = batch.Draws.Uniform(0, batch.Count, times, batch.Height, batch.Width, 2);
        return GaussianFilter.Smooth(Moved(bytes, draws, reach) / 255, sigma, Deviations, mirrors: false);
    }

    /// <summary>
    /// Each pixel, from the last to the first, takes the values of a near one. The public code means to exchange the
    /// two, but its exchange of NumPy views only copies.
    /// </summary>
    /// <param name="images">Float64 [N, C, H, W].</param>
    /// <param name="draws">Float64 [N, times, H, W, 2]: columns, then rows.</param>
    /// <param name="reach">How far away, in pixels: from −reach to reach − 1.</param>
    private static Tensor Moved(Tensor images, Tensor draws, int reach)
    {
        var (count, channels, height, width) = (
            (int)images.shape[0], (int)images.shape[1], (int)images.shape[2], (int)images.shape[3]);
        var (values, uniform) = (images.contiguous().data<double>().ToArray(), draws.data<double>().ToArray());
        for (var pass = 0L; pass < count * draws.shape[1]; pass++)
        {
            var image = pass / draws.shape[1] * channels;
            for (var row = height - reach; row > reach; row--)
                for (var column = width - reach; column > reach; column--)
                {
                    var draw = ((((pass * height) + row) * width) + column) * 2;
                    var fromColumn = column + Offset(uniform[draw]);
                    var fromRow = row + Offset(uniform[draw + 1]);
                    for (var plane = image; plane < image + channels; plane++)
                        values[(((plane * height) + row) * width) + column] =
                            values[(((plane * height) + fromRow) * width) + fromColumn];
                }
        }
        return tensor(values).reshape(images.shape);

        int Offset(double draw) => (int)(draw * 2 * reach) - reach;
    }
}
