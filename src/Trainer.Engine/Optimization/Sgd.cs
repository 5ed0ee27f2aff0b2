using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>Stochastic gradient descent with momentum and L2 weight decay, by PyTorch's definition.</summary>
/// <param name="LearningRate">The learning rate that the schedule scales.</param>
/// <param name="Momentum">The share of the previous update that is kept.</param>
/// <param name="WeightDecay">Added to the gradient, times the parameter.</param>
/// <param name="Decay">Which parameters decay.</param>
/// <param name="Nesterov">Whether the gradient is taken as if after the momentum's step.</param>
[Component("sgd")]
public sealed record Sgd(
    double LearningRate, double Momentum = 0.9, double WeightDecay = 5e-4, DecayScope Decay = DecayScope.All, bool Nesterov = false) : IOptimizer
{
    /// <summary>The learning rate that the schedule scales.</summary>
    [Positive]
    public double LearningRate { get; init; } = Require.Positive(LearningRate);

    /// <summary>The share of the previous update that is kept.</summary>
    [Between(0, 1)]
    public double Momentum { get; init; } = Require.Between(0, 1, Momentum);

    /// <summary>Added to the gradient, times the parameter.</summary>
    [AtLeast(0)]
    public double WeightDecay { get; init; } = Require.AtLeast(0, WeightDecay);

    /// <inheritdoc/>
    public OptimizerState Start(FlatParameters parameters) => new SgdState(this, parameters);
}
