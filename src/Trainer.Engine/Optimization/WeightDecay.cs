using Trainer.Engine.Networks;

namespace Trainer.Engine.Optimization;

/// <summary>Weight decay on flat buffers.</summary>
internal sealed class WeightDecay(double rate, DecayScope scope, FlatParameters parameters)
{
    private readonly IReadOnlyList<Segment> weights =
        [.. parameters.Layout.Segments.Where(segment => segment.Shape.Length > 1)];

    /// <summary>Adds rate · parameter to the gradients.</summary>
    public void AddTo(Tensor gradients) => Each(gradients, (gradient, value) => gradient.add_(value, alpha: rate));

    /// <summary>Shrinks the parameters by learning rate · rate of them.</summary>
    public void Shrink(double learningRate) =>
        Each(parameters.Values, (value, _) => value.mul_(1 - learningRate * rate));

    /// <summary>Changes the parts of a buffer that decay, each beside its parameters.</summary>
    private void Each(Tensor flat, Action<Tensor, Tensor> change)
    {
        if (rate == 0)
            return;
        if (scope == DecayScope.All)
        {
            change(flat, parameters.Values);
            return;
        }
        foreach (var segment in weights)
        {
            using var dispose = NewDisposeScope();
            change(flat.narrow(0, segment.Offset, segment.Length),
                parameters.Values.narrow(0, segment.Offset, segment.Length));
        }
    }
}
