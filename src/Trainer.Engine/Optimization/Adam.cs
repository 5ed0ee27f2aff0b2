using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>Adam (Kingma and Ba 2015, arXiv:1412.6980) with L2 weight decay, by PyTorch's definition.</summary>
[Component("adam")]
public sealed record Adam : IOptimizer
{
    /// <summary>The learning rate that the schedule scales.</summary>
    [Positive] public double LearningRate { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>The share of the gradients' mean that stays at a step.</summary>
    [Between(0, 1)] public double Beta1 { get; init => field = Require.Between(0, 1, value); } = 0.9;

    /// <summary>The share of the squared gradients' mean that stays at a step.</summary>
    [Between(0, 1)] public double Beta2 { get; init => field = Require.Between(0, 1, value); } = 0.999;

    /// <summary>Added to the root of the squared gradients' mean.</summary>
    [AtLeast(0)] public double Eps { get; init => field = Require.AtLeast(0, value); } = 1e-8;

    /// <summary>Added to the gradient, times the parameter.</summary>
    [AtLeast(0)] public double WeightDecay { get; init => field = Require.AtLeast(0, value); }

    /// <summary>Which parameters decay.</summary>
    public DecayScope Decay { get; init; } = DecayScope.All;

    /// <summary>
    /// Multiplies the learning rate of every layer but a new head; other than 1 only with the model's newHead.
    /// </summary>
    [Between(0, 1)]
    public double BodyLearningRateFactor { get; init => field = Require.Between(0, 1, value); } = 1;

    /// <inheritdoc/>
    public OptimizerState Start(FlatParameters parameters) => new AdamState(this, decoupled: false, parameters);
}
