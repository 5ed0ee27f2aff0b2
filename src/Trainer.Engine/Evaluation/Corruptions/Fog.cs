namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Adds clouds, and scales the sum back to the brightest value of the image.</summary>
internal sealed class Fog : ICorruption
{
    /// <inheritdoc/>
    public string Name => "fog";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var (weight, decay) = batch.Of((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75));
        var brightest = batch.Images.amax([1, 2, 3], keepdim: true);
        return (batch.Images + (PlasmaFractal.Draw(batch, decay) * weight)) * brightest / (brightest + weight);
    }
}
