using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>The options of Adam and of AdamW, which differ in weight decay alone.</summary>
public abstract record AdamOptions : IOptimizer
{
    /// <summary>The learning rate that the schedule scales.</summary>
    [Positive] public double LearningRate { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>The share of the gradients' mean that stays at a step.</summary>
    [Between(0, 1)] public double Beta1 { get; init => field = Require.Between(0, 1, value); } = 0.9;

    /// <summary>The share of the squared gradients' mean that stays at a step.</summary>
    [Between(0, 1)] public double Beta2 { get; init => field = Require.Between(0, 1, value); } = 0.999;

    /// <summary>Added to the root of the squared gradients' mean.</summary>
    [AtLeast(0)] public double Eps { get; init => field = Require.AtLeast(0, value); } = 1e-8;

    /// <summary>How strongly the parameters decay.</summary>
    public abstract double WeightDecay { get; init; }

    /// <summary>Which parameters decay.</summary>
    public DecayScope Decay { get; init; } = DecayScope.All;

    /// <summary>
    /// Multiplies the learning rate of every layer but a new head; other than 1 only with the model's newHead.
    /// </summary>
    [Between(0, 1)]
    public double BodyLearningRateFactor { get; init => field = Require.Between(0, 1, value); } = 1;

    /// <inheritdoc/>
    public abstract OptimizerState Start(FlatParameters parameters);
}
