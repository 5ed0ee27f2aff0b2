using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// Adam with weight decay of its own (Loshchilov and Hutter 2019, arXiv:1711.05101), by PyTorch's definition: before each
/// step the parameters shrink by the learning rate times the decay.
/// </summary>
/// <param name="LearningRate">The learning rate that the schedule scales.</param>
/// <param name="Beta1">The share of the gradients' mean that stays at a step.</param>
/// <param name="Beta2">The share of the squared gradients' mean that stays at a step.</param>
/// <param name="Eps">Added to the root of the squared gradients' mean.</param>
/// <param name="WeightDecay">By how much the parameters shrink at a step, times the learning rate.</param>
/// <param name="Decay">Which parameters decay.</param>
[Component("adamw")]
public sealed record AdamW(
    double LearningRate = 1e-3, double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8, double WeightDecay = 0.01, DecayScope Decay = DecayScope.All) : IOptimizer
{
    private readonly Adam adam = new(LearningRate, Beta1, Beta2, Eps, WeightDecay, Decay);

    /// <summary>The learning rate that the schedule scales.</summary>
    [Positive]
    public double LearningRate => adam.LearningRate;

    /// <summary>The share of the gradients' mean that stays at a step.</summary>
    [Between(0, 1)]
    public double Beta1 => adam.Beta1;

    /// <summary>The share of the squared gradients' mean that stays at a step.</summary>
    [Between(0, 1)]
    public double Beta2 => adam.Beta2;

    /// <summary>Added to the root of the squared gradients' mean.</summary>
    [AtLeast(0)]
    public double Eps => adam.Eps;

    /// <summary>By how much the parameters shrink at a step, times the learning rate.</summary>
    [AtLeast(0)]
    public double WeightDecay => adam.WeightDecay;

    /// <summary>Which parameters decay.</summary>
    public DecayScope Decay => adam.Decay;

    /// <inheritdoc/>
    public OptimizerState Start(FlatParameters parameters) => new AdamState(adam, decoupled: true, parameters);
}
