using Trainer.Engine.Parameters;

namespace Trainer.Engine.Optimizers;

/// <summary>L2 weight decay on flat buffers.</summary>
internal sealed class WeightDecay(double rate, DecayScope scope, FlatParameters parameters)
{
    private readonly IReadOnlyList<Segment> weights = [.. parameters.Layout.Segments.Where(segment => segment.Shape.Length > 1)];

    /// <summary>Adds rate · parameter to the gradients.</summary>
    public void AddTo(Tensor gradients)
    {
        if (rate == 0)
            return;
        if (scope == DecayScope.All)
        {
            gradients.add_(parameters.Values, alpha: rate);
            return;
        }
        foreach (var segment in weights)
        {
            using var dispose = NewDisposeScope();
            gradients.narrow(0, segment.Offset, segment.Length).add_(parameters.Values.narrow(0, segment.Offset, segment.Length), alpha: rate);
        }
    }
}
