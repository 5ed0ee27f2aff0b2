namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Flakes that fall in lines, over a whitened image.</summary>
internal sealed class Snow : ICorruption
{
    // Luma of red, green and blue.
    private static readonly double[] Luma = [0.299, 0.587, 0.114];

    /// <inheritdoc/>
    public string Name => "snow";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var (mean, deviation, zoom, threshold, radius, sigma, kept) = batch.Of(
            (0.1, 0.2, 1, 0.6, 8, 3, 0.95), (0.1, 0.2, 1, 0.5, 10, 4, 0.9), (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
            (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85), (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8));
        var noise = (batch.Draws.Normal(0, batch.Count, 1, batch.Height, batch.Width) * deviation) + mean;
        var flakes = ClippedZoom.Apply(noise, zoom);
        flakes = (flakes * flakes.ge(threshold).to(ScalarType.Float64)).clamp(0, 1);
        using var angles = (batch.Draws.Uniform(1, batch.Count) * 90) - 135;
        var snow = MotionFilter.Apply(
            (flakes * 255).floor(), radius * batch.Scale, sigma * batch.Scale, angles) / 255;
        var white = (Grey(batch.Images) * 1.5) + 0.5;
        return (batch.Images * kept) + (maximum(batch.Images, white) * (1 - kept)) + snow + snow.flip([2, 3]);
    }

    private static Tensor Grey(Tensor images) => images.shape[1] == Luma.Length
        ? (images * tensor(Luma).reshape(1, -1, 1, 1)).sum([1L], keepdim: true) : images.mean([1], keepdim: true);
}
