using Trainer.Engine.Networks;

namespace Trainer.Engine.Optimization;

/// <summary>Weight decay on flat buffers.</summary>
internal sealed class WeightDecay(double rate, DecayScope scope, FlatParameters parameters, LearningRates rates)
{
    private readonly IReadOnlyList<Segment> decaying = [.. parameters.Layout.Segments
        .Where(segment => scope == DecayScope.All || segment.Shape.Length > 1)];

    /// <summary>Adds rate · parameter to the gradients.</summary>
    public void AddTo(Tensor gradients) =>
        Each(gradients, byRate: false, (gradient, value, _) => gradient.add_(value, alpha: rate));

    /// <summary>Shrinks the parameters by learning rate · rate of them.</summary>
    public void Shrink(double learningRate) => Each(
        parameters.Values, byRate: true, (value, _, factor) => value.mul_(1 - learningRate * factor * rate));

    /// <summary>Changes the parts of a buffer that decay, each beside its parameters and its rate's factor.</summary>
    private void Each(Tensor flat, bool byRate, Action<Tensor, Tensor, double> change)
    {
        if (rate == 0)
            return;
        if (scope == DecayScope.All && (rates.IsUniform || !byRate))
        {
            change(flat, parameters.Values, 1);
            return;
        }
        foreach (var segment in decaying)
        {
            using var dispose = NewDisposeScope();
            change(flat.narrow(0, segment.Offset, segment.Length),
                parameters.Values.narrow(0, segment.Offset, segment.Length), rates.Factor(segment));
        }
    }
}
