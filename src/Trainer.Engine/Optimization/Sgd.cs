using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>Stochastic gradient descent with momentum and L2 weight decay, by PyTorch's definition.</summary>
[Component("sgd")]
public sealed record Sgd : IOptimizer
{
    /// <summary>The learning rate that the schedule scales.</summary>
    [Positive] public required double LearningRate { get; init => field = Require.Positive(value); }

    /// <summary>The share of the previous update that is kept.</summary>
    [Between(0, 1)] public double Momentum { get; init => field = Require.Between(0, 1, value); } = 0.9;

    /// <summary>Added to the gradient, times the parameter.</summary>
    [AtLeast(0)] public double WeightDecay { get; init => field = Require.AtLeast(0, value); } = 5e-4;

    /// <summary>Which parameters decay.</summary>
    public DecayScope Decay { get; init; } = DecayScope.All;

    /// <summary>Whether the gradient is taken as if after the momentum's step.</summary>
    public bool Nesterov { get; init; }

    /// <summary>
    /// Multiplies the learning rate of every layer but a new head; other than 1 only with the model's newHead.
    /// </summary>
    [Between(0, 1)]
    public double BodyLearningRateFactor { get; init => field = Require.Between(0, 1, value); } = 1;

    /// <inheritdoc/>
    public OptimizerState Start(FlatParameters parameters) => new SgdState(this, parameters);
}
