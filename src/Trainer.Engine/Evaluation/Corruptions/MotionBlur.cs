namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Blurs along a line within 45° of the horizontal.</summary>
internal sealed class MotionBlur : ICorruption
{
    /// <inheritdoc/>
    public string Name => "motion-blur";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var (radius, sigma) = batch.Of((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5));
        using var angles = (batch.Draws.Uniform(0, batch.Count) * 90) - 45;
        return MotionFilter.Apply(
            (batch.Images * 255).round(), radius * batch.Scale, sigma * batch.Scale, angles) / 255;
    }
}
