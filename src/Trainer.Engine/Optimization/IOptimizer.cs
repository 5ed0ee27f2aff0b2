using Trainer.Engine.Networks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>An immutable description of an optimiser.</summary>
[ComponentKind("optimizers")]
public interface IOptimizer
{
    /// <summary>The learning rate that the schedule scales.</summary>
    double LearningRate { get; }

    /// <summary>Starts the optimiser for some parameters.</summary>
    OptimizerState Start(FlatParameters parameters);
}
