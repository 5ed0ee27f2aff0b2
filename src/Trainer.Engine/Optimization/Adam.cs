using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>Adam (Kingma and Ba 2015, arXiv:1412.6980) with L2 weight decay, by PyTorch's definition.</summary>
[Component("adam")]
public sealed record Adam : AdamOptions
{
    /// <summary>Added to the gradient, times the parameter.</summary>
    [AtLeast(0)] public override double WeightDecay { get; init => field = Require.AtLeast(0, value); }

    /// <inheritdoc/>
    public override OptimizerState Start(FlatParameters parameters) =>
        new AdamState(this, decoupled: false, parameters);
}
