namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Adds normal noise to each value.</summary>
internal sealed class GaussianNoise : ICorruption
{
    /// <inheritdoc/>
    public string Name => "gaussian-noise";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch) =>
        batch.Images + (batch.Draws.Normal(0, batch.Images.shape) * batch.Of(0.04, 0.06, 0.08, 0.09, 0.10));
}
