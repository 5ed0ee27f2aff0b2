namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Brings each value nearer to the mean of its channel.</summary>
internal sealed class Contrast : ICorruption
{
    /// <inheritdoc/>
    public string Name => "contrast";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var mean = batch.Images.mean([2, 3], keepdim: true);
        return ((batch.Images - mean) * batch.Of(0.75, 0.5, 0.4, 0.3, 0.15)) + mean;
    }
}
