namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>
/// Frost over a darkened image. The public code takes parts of five photographs of frost; here each is a plasma fractal
/// with the mean colour of one of them and the deviation within parts of it, measured at a fifth of its size.
/// </summary>
internal sealed class Frost : ICorruption
{
    // Mean red, green and blue, and the deviation; the second and the third photograph are the same.
    private static readonly double[][] Photographs =
    [
        [0.305, 0.585, 0.650, 0.041], [0.787, 0.805, 0.841, 0.048], [0.787, 0.805, 0.841, 0.048],
        [0.540, 0.599, 0.648, 0.059], [0.441, 0.484, 0.528, 0.094],
    ];

    /// <inheritdoc/>
    public string Name => "frost";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var (kept, added) = batch.Of((1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45));
        return (batch.Images * kept) + (Texture(batch) * added);
    }

    private static Tensor Texture(CorruptionBatch batch)
    {
        using var draws = batch.Draws.Uniform(0, batch.Count);
        var chosen = draws.data<double>().Select(draw => Photographs[(int)(draw * Photographs.Length)]).ToArray();
        var colours = tensor(chosen.SelectMany(photograph => photograph[..3]).ToArray()).reshape(-1, 3, 1, 1);
        var deviations = tensor(chosen.Select(photograph => photograph[3]).ToArray()).reshape(-1, 1, 1, 1);
        var channels = batch.Images.shape[1];
        var mean = channels == 3 ? colours : colours.mean([1], keepdim: true);
        var map = PlasmaFractal.Draw(batch, decay: 2, firstDraw: 1);
        var centred = map - map.mean([2, 3], keepdim: true);
        var spread = centred.square().mean([2, 3], keepdim: true).sqrt();
        return (mean + (centred / spread * deviations)).clamp(0, 1);
    }
}
