namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Makes some values 0 or 1 (salt and pepper).</summary>
internal sealed class ImpulseNoise : ICorruption
{
    /// <inheritdoc/>
    public string Name => "impulse-noise";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var changed = batch.Draws.Uniform(0, batch.Images.shape).le(batch.Of(0.01, 0.02, 0.03, 0.05, 0.07));
        var salt = batch.Draws.Uniform(1, batch.Images.shape).le(0.5).to(ScalarType.Float64);
        return where(changed, salt, batch.Images);
    }
}
