namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>The mean of an image and of its enlargements by 0, 1, 2, … per cent.</summary>
internal sealed class ZoomBlur : ICorruption
{
    // The difference of arange's first two values, by which it counts; a plain 0.01 would round some sizes otherwise.
    private const double Step = 1.01 - 1;

    /// <inheritdoc/>
    public string Name => "zoom-blur";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        // As many as NumPy's arange(1, 1.06, 0.01) and its like have.
        var count = batch.Of(7, 12, 16, 21, 26);
        var sum = batch.Images.clone();
        for (var step = 0; step < count; step++)
        {
            using var scope = NewDisposeScope();
            sum.add_(ClippedZoom.Apply(batch.Images, 1 + (Step * step)));
        }
        return sum / (count + 1);
    }
}
