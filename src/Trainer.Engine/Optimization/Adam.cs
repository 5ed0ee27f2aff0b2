using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>Adam (Kingma and Ba 2015, arXiv:1412.6980) with L2 weight decay, by PyTorch's definition.</summary>
/// <param name="LearningRate">The learning rate that the schedule scales.</param>
/// <param name="Beta1">The share of the gradients' mean that stays at a step.</param>
/// <param name="Beta2">The share of the squared gradients' mean that stays at a step.</param>
/// <param name="Eps">Added to the root of the squared gradients' mean.</param>
/// <param name="WeightDecay">Added to the gradient, times the parameter.</param>
/// <param name="Decay">Which parameters decay.</param>
[Component("adam")]
public sealed record Adam(
    double LearningRate = 1e-3, double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8, double WeightDecay = 0, DecayScope Decay = DecayScope.All) : IOptimizer
{
    /// <summary>The learning rate that the schedule scales.</summary>
    [Positive]
    public double LearningRate { get; init; } = Require.Positive(LearningRate);

    /// <summary>The share of the gradients' mean that stays at a step.</summary>
    [Between(0, 1)]
    public double Beta1 { get; init; } = Require.Between(0, 1, Beta1);

    /// <summary>The share of the squared gradients' mean that stays at a step.</summary>
    [Between(0, 1)]
    public double Beta2 { get; init; } = Require.Between(0, 1, Beta2);

    /// <summary>Added to the root of the squared gradients' mean.</summary>
    [AtLeast(0)]
    public double Eps { get; init; } = Require.AtLeast(0, Eps);

    /// <summary>Added to the gradient, times the parameter.</summary>
    [AtLeast(0)]
    public double WeightDecay { get; init; } = Require.AtLeast(0, WeightDecay);

    /// <inheritdoc/>
    public OptimizerState Start(FlatParameters parameters) => new AdamState(this, decoupled: false, parameters);
}
