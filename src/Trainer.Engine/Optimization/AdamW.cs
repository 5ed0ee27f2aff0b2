using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// Adam with weight decay of its own (Loshchilov and Hutter 2019, arXiv:1711.05101), by PyTorch's definition: before
/// each step the parameters shrink by the learning rate times the decay.
/// </summary>
[Component("adamw")]
public sealed record AdamW : AdamOptions
{
    /// <summary>By how much the parameters shrink at a step, times the learning rate.</summary>
    [AtLeast(0)] public override double WeightDecay { get; init => field = Require.AtLeast(0, value); } = 0.01;

    /// <inheritdoc/>
    public override OptimizerState Start(FlatParameters parameters) =>
        new AdamState(this, decoupled: true, parameters);
}
