namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Clouds by the diamond-square algorithm, as in the public code.</summary>
internal static class PlasmaFractal
{
    /// <summary>Draws a map for each image.</summary>
    /// <param name="batch">Whose images they are for.</param>
    /// <param name="decay">By what the noise is divided from one level to the next.</param>
    /// <param name="firstDraw">The number of the first draw.</param>
    /// <returns>Float64 [N, 1, H, W], from 0 to 1 over the whole of a map.</returns>
    public static Tensor Draw(CorruptionBatch batch, double decay, int firstDraw = 0)
    {
        using var scope = NewDisposeScope();
        var side = 2L;
        while (side < Math.Max(batch.Height, batch.Width))
            side *= 2;
        var map = zeros([batch.Count, side, side], ScalarType.Float64);
        var (noise, draw) = (100.0, firstDraw);
        for (var step = side; step >= 2; step /= 2, noise /= decay)
        {
            var half = step / 2;
            var corners = Every(0, 0);
            var rows = corners + corners.roll(-1, 1);
            Fill(half, half, rows + rows.roll(-1, 2));
            var middles = Every(half, half);
            Fill(0, half, middles + middles.roll(1, 1) + corners + corners.roll(-1, 2));
            Fill(half, 0, middles + middles.roll(1, 2) + corners + corners.roll(-1, 1));

            Tensor Every(long row, long column) => map.slice(1, row, side, step).slice(2, column, side, step);

            void Fill(long row, long column, Tensor sum)
            {
                using var uniform = (batch.Draws.Uniform(draw++, sum.shape) * 2) - 1;
                Every(row, column).copy_((sum / 4) + (uniform * noise * noise));
            }
        }
        var lowest = map.amin([1, 2], keepdim: true);
        var range = map.amax([1, 2], keepdim: true) - lowest;
        return ((map - lowest) / range).narrow(1, 0, batch.Height).narrow(2, 0, batch.Width).unsqueeze(1)
            .MoveToOuterDisposeScope();
    }
}
