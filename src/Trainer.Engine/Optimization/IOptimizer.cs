using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>An immutable description of an optimiser.</summary>
[ComponentKind("optimizers")]
public interface IOptimizer
{
    /// <summary>The learning rate that the schedule scales.</summary>
    double LearningRate { get; }

    /// <summary>Multiplies the learning rate of every layer but a new head.</summary>
    double BodyLearningRateFactor => 1;

    /// <summary>Starts the optimiser for some parameters.</summary>
    OptimizerState Start(FlatParameters parameters);
}
