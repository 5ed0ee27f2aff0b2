using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Engine.Training.Collapse;
using Trainer.Engine.Weights;
using Trainer.Recipes.Binding;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Training;

/// <summary>Everything about a run. Two runs of one recipe on one machine give the same numbers.</summary>
[ConfiguresLogs]
public sealed record Recipe : ICrossChecked
{
    /// <summary>Names the run folder, below the checkpoint root.</summary>
    [MayChangeAtResume] public required string Name { get; init; }

    /// <summary>The data set.</summary>
    public required IDataSource Data { get; init; }

    /// <summary>The network.</summary>
    public required IArchitecture Model { get; init; }

    /// <summary>What the adversary may do, in training and in every evaluation.</summary>
    public required ThreatModel Threat { get; init; }

    /// <summary>What training minimises.</summary>
    public required IObjective Objective { get; init; }

    /// <summary>How the parameters move.</summary>
    public required IOptimizer Optimizer { get; init; }

    /// <summary>How long, in which batches and precision.</summary>
    public required TrainOptions Train { get; init; }

    /// <summary>How batch norm treats clean and adversarial images.</summary>
    public BatchNormOptions BatchNorm { get; init; } = new();

    /// <summary>How the learning rate changes; by default cosine.</summary>
    public ISchedule Schedule { get; init; } = new Cosine();

    /// <summary>How the weights of many steps are averaged; null for no average.</summary>
    public IAverage? Average { get; init; }

    /// <summary>How accuracy is measured each epoch and at the end.</summary>
    public EvaluationOptions Evaluate { get; init; } = new();

    /// <summary>What is done when training collapses.</summary>
    public GuardOptions Guard { get; init; } = new();

    /// <summary>When to save, and what to keep.</summary>
    public CheckpointOptions Checkpoint { get; init; } = new();

    /// <summary>How often to write a line.</summary>
    [MayChangeAtResume] public LoggingOptions Logging { get; init; } = new();

    /// <summary>Additions to the loop, in the order in which they are called; the engine's own come before.</summary>
    public IReadOnlyList<IHook> Hooks { get; init; } = [];

    /// <summary>All randomness is a function of it.</summary>
    public long Seed { get; init; }

    /// <summary>"auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".</summary>
    [MayChangeAtResume] public string Device { get; init; } = "auto";

    /// <summary>
    /// Which of a checkpoint's tensor files is measured, of <see cref="CheckpointFiles"/>: the averaged weights where
    /// there are any, unless the recipe decides otherwise.
    /// </summary>
    public string MeasuredWeights =>
        Average is null || Evaluate.Weights == WeightsChoice.Raw ? CheckpointFiles.Model : CheckpointFiles.Average;

    /// <summary>What the run's evaluations measure.</summary>
    public EvaluationPlan EvaluationPlan =>
        new() { Data = Data, Model = Model, Threat = Threat, Evaluate = Evaluate, Seed = Seed, Device = Device };

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        foreach (var conflict in EvaluationPlan.Conflicts())
            yield return conflict;
        foreach (var conflict in new ImageUnits().Within("objective", Objective, Threat.Norm))
            yield return conflict;
        if (BatchNorm.Attack == BatchNormAttack.Train && Train.AttackPrecision == AttackPrecision.BFloat16)
            yield return new(
                "train.attackPrecision", "found bfloat16, but attacks that update the running statistics "
                + "(batchNorm.attack train) go through the network in training itself, expected float32 or auto");
        if (Average is null && Evaluate.Weights == WeightsChoice.Average)
            yield return new(
                "evaluate.weights", "found \"average\", but the recipe averages no weights; add an average, "
                + "such as \"average\": { \"type\": \"ema\" }, or expected \"raw\"");
        if (Evaluate.Lacks(Checkpoint.Monitor) is { } lacks)
            yield return new("checkpoint.monitor", lacks);
        if (Optimizer.BodyLearningRateFactor != 1 && Model is not TrainableArchitecture { NewHead: true })
            yield return new(
                "optimizer.bodyLearningRateFactor", "found a factor other than 1, but there is no new head beside the "
                + "layers that it is for; add \"newHead\": true to the model, or leave it out");
        if (Objective.Isolation is { } isolation && isolation.UsedAfterEpochs >= Train.Epochs)
            yield return new(
                "train.epochs", $"found {Train.Epochs}, but the objective unlearns the isolated images after "
                + $"{isolation.UsedAfterEpochs} epochs; expected more epochs, or fewer objective.tuningEpochs or "
                + "objective.fineTuningEpochs");
        if (Objective.GradientProjection > 0 && BatchNorm.Sets != 1)
            yield return new(
                "batchNorm.sets", "found 2, and gradient projection is of a network with one set; expected 1, or an "
                + "objective without it: objective.beta 0");
        if (Objective.ThreatModels is { } threats && !threats.Contains(Threat))
            yield return new(
                "threat", $"found {Threat}, which the objective does not train against, expected one of its threat "
                + $"models: {string.Join(", ", threats)}");
        if (Objective.DifferentiatesTwice && BatchNorm.Synchronise)
            yield return new(
                "batchNorm.synchronise", "found true, whose backward pass cannot be differentiated, and the objective "
                + "differentiates gradients; expected false, or another objective");
        if (Objective.TrainsOnBounds && BatchNorm.Synchronise)
            yield return new(
                "batchNorm.synchronise", "found true, but bounds are computed with the statistics of each process's "
                + "own images; expected false, or another objective");
        if (Objective.NeedsOrigin && Data.Augment.Any(augmentation => !augmentation.MovesPixels))
            yield return new(
                "data.augment", "found an augmentation that computes pixels, and the objective keeps a perturbation "
                + "for each pixel of an image; expected pad-crop, flip and cutout alone, or another objective");
        if (!Objective.AcceptsMixedLabels && Data.Augment.Any(augmentation => augmentation.MixesLabels))
            yield return new(
                "data.augment", "found an augmentation that mixes labels, and the objective needs one class for each "
                + "image; leave CutMix and mixup out, or choose another objective");
    }
}
