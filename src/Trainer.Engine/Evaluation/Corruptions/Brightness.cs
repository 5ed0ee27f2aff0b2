namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>
/// Raises the value of hue, saturation and value, which is the largest channel; the others rise in proportion.
/// </summary>
internal sealed class Brightness : ICorruption
{
    /// <inheritdoc/>
    public string Name => "brightness";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var value = batch.Images.amax([1], keepdim: true);
        var raised = (value + batch.Of(0.05, 0.1, 0.15, 0.2, 0.3)).clamp_max(1);
        // Black has no hue and no saturation.
        return where(value.gt(0), batch.Images * raised / value.clamp_min(1e-3), raised);
    }
}
