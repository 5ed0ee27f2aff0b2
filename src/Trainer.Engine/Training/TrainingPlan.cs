using Trainer.Robustness.Threats;

namespace Trainer.Engine.Training;

/// <summary>The length of a run, and what its recipe prescribes for each step. It never changes.</summary>
/// <param name="Recipe">What to do.</param>
/// <param name="BatchesPerPass">The batches of one pass over the training images.</param>
public sealed record TrainingPlan(Recipe Recipe, long BatchesPerPass)
{
    /// <summary>
    /// Passes over the images: the recipe's epochs, divided by the objective's replays of each batch.
    /// </summary>
    public long Epochs => (Recipe.Train.Epochs + Recipe.Objective.Replays - 1) / Recipe.Objective.Replays;

    /// <summary>The steps of one pass.</summary>
    public long StepsPerEpoch => BatchesPerPass * Recipe.Objective.Replays;

    /// <summary>The steps of the whole run.</summary>
    public long TotalSteps => Math.Min(Epochs * StepsPerEpoch, Recipe.Train.MaxSteps ?? long.MaxValue);

    /// <summary>The learning rate of a step, counted from 0, in a run that was never rolled back.</summary>
    public double LearningRate(long step) =>
        Recipe.Objective.LearningRate(step / StepsPerEpoch + 1)
            ?? Recipe.Optimizer.LearningRate * Recipe.Schedule.Factor(new(step, TotalSteps, StepsPerEpoch));

    /// <summary>
    /// What the adversary of a step, counted from 0, may do: the recipe's threat model, with a smaller ε during
    /// warm-up.
    /// </summary>
    public ThreatModel Threat(long step)
    {
        var warmup = Recipe.Train.EpsilonWarmupEpochs * StepsPerEpoch;
        return step < warmup ? Recipe.Threat.Scaled(Math.Min(1, (step + 1) / warmup)) : Recipe.Threat;
    }

    /// <summary>Whether all epochs, or all steps, are done.</summary>
    public bool IsOver(TrainingPosition position) => position.Epoch >= Epochs || position.Step >= TotalSteps;
}
