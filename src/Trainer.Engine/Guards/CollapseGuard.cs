using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.BatchNorms;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Parameters;
using Trainer.Engine.Recipes;
using Trainer.Engine.Training;

namespace Trainer.Engine.Guards;

/// <summary>Watches a run's figures for a collapse. What it remembers is part of every checkpoint.</summary>
/// <param name="options">What the learning rate is multiplied by after a roll-back.</param>
/// <param name="data">The training images: how often a guess is right.</param>
public sealed class CollapseGuard(GuardOptions options, ImageData data) : IStatefulPart
{
    // Measurements at chance level, and the share of the run's steps, before it counts as never having learnt.
    private const int LongestAtChance = 5;
    private const double ShareAtChance = 0.1;

    // Points above chance that a classifier must have had before being back there is a collapse.
    private const double Learnt = 0.1;

    // Robust accuracy below this share of its best, and at least so many points below it.
    private const double RobustShare = 0.5;
    private const double RobustPoints = 0.1;

    // Or below this share of the accuracy on training's adversarial images, and at least so many points below it.
    private const double TrainingShare = 0.1;
    private const double TrainingPoints = 0.4;
    private const double CleanShare = 0.75;

    private const string OverfittingAdvice = "Use more steps (pgd-at), a smaller step size, n-fgsm, or fewer epochs.";

    private readonly Lazy<double> chance = new(() => MostFrequent(data));
    private Memory memory = new(0, 0, 0, 0, null);

    /// <summary>How often the run was rolled back.</summary>
    public int Rollbacks => memory.Rollbacks;

    /// <summary>What the schedule's learning rate is multiplied by.</summary>
    public double LearningRateScale => Math.Pow(options.LearningRateFactor, memory.Rollbacks);

    /// <summary>Looks at the loss of an interval.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="figures">Of the interval.</param>
    public static Collapse? AfterInterval(long step, StepFigures figures) =>
        double.IsFinite(figures.Loss) ? null : NotFinite($"The loss at step {step} is not a finite number.");

    /// <summary>Looks at the weights before they are saved: a checkpoint never holds any that are not finite.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="parameters">The weights.</param>
    public static Collapse? BeforeSave(long step, FlatParameters parameters)
    {
        using var scope = NewDisposeScope();
        return parameters.Values.isfinite().all().item<bool>() ? null : NotFinite($"A weight after step {step} is not a finite number.");
    }

    /// <summary>Looks at a network that has no accuracy, though its weights are finite.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="found">At how many of the held-out images.</param>
    public static Collapse AtEvaluation(long step, NonFiniteLogitsException found) =>
        NotFinite($"After step {step}, the logits of {found.Count} of {found.Total} held-out images are not finite numbers.");

    /// <summary>Looks at an epoch's figures.</summary>
    /// <param name="run">At the epoch's end.</param>
    /// <param name="train">Of the epoch's training; null where it had no step.</param>
    /// <param name="validation">On the held-out images; null where they were not measured.</param>
    public Collapse? AfterEpoch(TrainingRun run, StepFigures? train, AccuracyMetrics? validation) =>
        Chance(run, train, validation) ?? Overfitting(run, train, validation);

    /// <summary>Takes note of a roll-back: what the checkpoint remembers, and one roll-back more than before.</summary>
    internal void CountRollback(int before) => memory = memory with { Rollbacks = before + 1 };

    /// <summary>Forgets the figures so far, and keeps the roll-backs.</summary>
    internal void Forget() => memory = new(memory.Rollbacks, 0, 0, 0, null);

    /// <inheritdoc/>
    public string Name => "guard";

    /// <inheritdoc/>
    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors => [];

    /// <inheritdoc/>
    public JsonNode? Save() => JsonSerializer.SerializeToNode(memory);

    /// <inheritdoc/>
    public void Load(JsonNode? value) => memory = value?.Deserialize<Memory>() ?? new(0, 0, 0, 0, null);

    private static Collapse NotFinite(string saw) => new(CollapseKind.NotFinite, saw,
        "Lower optimizer.learningRate, or set train.gradientClip.");

    private Collapse? Chance(TrainingRun run, StepFigures? train, AccuracyMetrics? validation)
    {
        var (clean, examples) = validation?.Clean is { } measured ? (measured, validation.Examples) : (train?.CleanAccuracy ?? double.NaN, train?.CleanImages ?? 0);
        if (double.IsNaN(clean) || examples == 0)
            return null;
        // Twice the standard deviation of guessing: one guesser in forty is taken for a classifier.
        var guess = chance.Value + 2 * Math.Sqrt(chance.Value * (1 - chance.Value) / examples);
        var hadLearnt = memory.BestClean >= chance.Value + Learnt;
        memory = memory with { BestClean = Math.Max(memory.BestClean, clean), AtChance = clean > guess ? 0 : memory.AtChance + 1 };
        if (memory.AtChance == 0)
            return null;
        var saw = FormattableString.Invariant($"Clean accuracy after step {run.Position.Step} is {100 * clean:F1} % on {examples:N0} images, no better than guessing ({100 * chance.Value:F1} %)");
        if (hadLearnt)
        {
            return new(CollapseKind.Forgotten, FormattableString.Invariant($"{saw}; it had been {100 * memory.BestClean:F1} %."),
                "Lower optimizer.learningRate or the objective's weight on adversarial images, or set train.gradientClip.");
        }
        var forLong = memory.AtChance >= LongestAtChance && run.Position.Step >= ShareAtChance * run.TotalSteps;
        var cutShort = run.TotalSteps < run.StepsPerEpoch;
        return forLong || (run.IsTrained && !cutShort)
            ? new(CollapseKind.NeverLearnt, $"{saw}, and was so in {memory.AtChance} measurements in a row: the network has learnt nothing.",
                "Lower optimizer.learningRate, add warm-up (schedule.warmupEpochs, train.epsilonWarmupEpochs) or clean rows (objective.mix), or look at data and network.")
            : null;
    }

    private Collapse? Overfitting(TrainingRun run, StepFigures? train, AccuracyMetrics? validation)
    {
        if (validation?.Robust is not { } robust || train?.AdversarialAccuracy is not { } adversarial)
            return null;
        // Before any epoch was robust, too. Not where training images are simply known better than others, where ε has yet to
        // reach its full size, or where clean statistics are evaluated, which no adversary trained.
        var comparable = validation.Clean >= CleanShare * adversarial
            && run.Position.Epoch - 1 >= run.Recipe.Train.EpsilonWarmupEpochs && run.Recipe.BatchNorm.Evaluate != BatchNormSet.Clean;
        if (comparable && robust < TrainingShare * adversarial && robust <= adversarial - TrainingPoints)
        {
            return new(CollapseKind.CatastrophicOverfitting,
                FormattableString.Invariant($"Robust accuracy under {validation.Attack} on held-out images is {100 * robust:F1} %, where training's own adversarial images are classified correctly to {100 * adversarial:F1} %: catastrophic overfitting to training's attack, or an attack that is far too weak."),
                OverfittingAdvice);
        }
        if (memory.AdversarialAtBest is { } before && robust < RobustShare * memory.BestRobust && robust <= memory.BestRobust - RobustPoints && adversarial > before)
        {
            return new(CollapseKind.CatastrophicOverfitting,
                FormattableString.Invariant($"Robust accuracy under {validation.Attack} on held-out images fell from {100 * memory.BestRobust:F1} % to {100 * robust:F1} %, while accuracy on training's adversarial images rose from {100 * before:F1} % to {100 * adversarial:F1} %: catastrophic overfitting to training's attack."),
                OverfittingAdvice);
        }
        if (robust > memory.BestRobust)
            memory = memory with { BestRobust = robust, AdversarialAtBest = adversarial };
        return null;
    }

    private static double MostFrequent(ImageData data)
    {
        using var labels = data.Labels.cpu();
        return (double)labels.data<long>().ToArray().CountBy(label => label).Max(count => count.Value) / data.Count;
    }

    private sealed record Memory(int Rollbacks, int AtChance, double BestClean, double BestRobust, double? AdversarialAtBest);
}
