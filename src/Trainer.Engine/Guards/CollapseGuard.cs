using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.BatchNorms;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Recipes;
using Trainer.Engine.Training;
using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Guards;

/// <summary>
/// Watches a run's figures for a collapse. A low accuracy is one only where the images are enough to tell
/// (<see cref="AccuracyTest"/>). What the guard remembers is part of every checkpoint.
/// </summary>
/// <param name="options">What the learning rate is multiplied by after a roll-back.</param>
/// <param name="data">The training images: how often a guess is right.</param>
public sealed class CollapseGuard(GuardOptions options, ImageData data) : IStatefulPart
{
    // Measurements at chance level, and the share of the run's steps, before it counts as never having learnt.
    private const int LongestAtChance = 5;
    private const double ShareAtChance = 0.1;

    // Above guessing by so many points, or half of what there is above it, a network has learnt something.
    private const double Learnt = 0.1;

    // Robust accuracy below this share of its best, and at least so many points below it. A sound network keeps the second
    // share.
    private const double RobustShare = 0.5;
    private const double RobustPoints = 0.1;
    private const double SoundRobustShare = 0.75;

    // Or below this share of the accuracy on training's adversarial images, and at least so many points below it.
    private const double TrainingShare = 0.1;
    private const double TrainingPoints = 0.4;
    private const double SoundTrainingShare = 0.25;
    private const double CleanShare = 0.75;

    private const string OverfittingAdvice = "Use more steps (pgd-at), a smaller step size, n-fgsm, or fewer epochs.";

    private readonly Lazy<double> trainingMajority = new(() => data.Majority);
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

    /// <summary>
    /// Looks at weights and running statistics before they are saved: a checkpoint never holds any that are not finite.
    /// </summary>
    /// <param name="run">Between two steps.</param>
    public static Collapse? BeforeSave(TrainingRun run)
    {
        var what = !IsFinite(run.Parameters.Values) ? "A weight"
            : !IsFinite(run.Buffers.Statistics) ? "A running statistic of batch norm" : null;
        return what is null ? null : NotFinite($"{what} after step {run.Position.Step} is not a finite number.");
    }

    private static bool IsFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.isfinite().all().item<bool>();
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
        var (clean, images, guess) = validation?.Clean is { } measured
            ? (measured, validation.Examples, Guess(validation))
            : (train?.CleanAccuracy ?? double.NaN, train?.CleanImages ?? 0, trainingMajority.Value);
        // Where a guess is always right, no accuracy tells it from a network that has learnt.
        if (double.IsNaN(clean) || images == 0 || guess >= 1)
            return null;
        var learnt = guess + Math.Min(Learnt, (1 - guess) / 2);
        var test = new AccuracyTest(images, AccuracyTest.UpTo(guess, images), learnt);
        var hadLearnt = memory.BestClean >= learnt;
        memory = memory with
        {
            BestClean = Math.Max(memory.BestClean, clean),
            AtChance = test.Rejects(clean) ? memory.AtChance + 1 : 0,
        };
        if (memory.AtChance == 0)
            return null;
        var saw = $"Clean accuracy after step {run.Position.Step} is {Counted(clean, images)}, "
            + FormattableString.Invariant($"no better than guessing ({100 * guess:F1} %)");
        if (hadLearnt)
        {
            return new(CollapseKind.Forgotten,
                FormattableString.Invariant($"{saw}; it had been {100 * memory.BestClean:F1} %. {test}"),
                "Lower optimizer.learningRate or the objective's weight on adversarial images, or set train.gradientClip.");
        }
        var forLong = memory.AtChance >= LongestAtChance && run.Position.Step >= ShareAtChance * run.TotalSteps;
        var cutShort = run.TotalSteps < run.StepsPerEpoch;
        return forLong || (run.IsTrained && !cutShort)
            ? new(CollapseKind.NeverLearnt,
                $"{saw}, and was so in {memory.AtChance} measurements in a row: the network has learnt nothing. {test}",
                "Lower optimizer.learningRate, add warm-up (schedule.warmupEpochs, train.epsilonWarmupEpochs) or clean rows (objective.mix), or look at data and network.")
            : null;
    }

    /// <summary>
    /// The accuracy of a guess on the measured images, which says one class for all of them: at most the share of their own
    /// most frequent class, and no more than so many images drawn like the training images would have of a class.
    /// </summary>
    private double Guess(AccuracyMetrics measured)
    {
        var (images, share) = (measured.Examples, trainingMajority.Value);
        if (measured.Majority is not { } own || own == 1)
            return measured.Majority ?? share;
        var most = images - 1 - new Binomial(images, 1 - share).LargestRejected(AccuracyTest.Level);
        return Math.Min(own, (double)most / images);
    }

    private Collapse? Overfitting(TrainingRun run, StepFigures? train, AccuracyMetrics? validation)
    {
        if (validation?.Robust is not { } robust || train?.AdversarialAccuracy is not { } adversarial)
            return null;
        var images = validation.Examples;
        // Before any epoch was robust, too. Not where training images are simply known better than others, where ε has yet to
        // reach its full size, or where clean statistics are evaluated, which no adversary trained.
        var comparable = validation.Clean >= CleanShare * adversarial
            && run.Position.Epoch - 1 >= run.Recipe.Train.EpsilonWarmupEpochs && run.Recipe.BatchNorm.Evaluate != BatchNormSet.Clean;
        var low = new AccuracyTest(
            images,
            Math.Min(
                AccuracyTest.Below(TrainingShare * adversarial, images),
                AccuracyTest.UpTo(adversarial - TrainingPoints, images)),
            SoundTrainingShare * adversarial);
        if (comparable && low.Rejects(robust))
        {
            return new(CollapseKind.CatastrophicOverfitting,
                $"Robust accuracy under {validation.Attack} on held-out images is {Counted(robust, images)}, "
                + "where training's own adversarial images are classified correctly to "
                + FormattableString.Invariant($"{100 * adversarial:F1} %: ")
                + $"catastrophic overfitting to training's attack, or an attack that is far too weak. {low}",
                OverfittingAdvice);
        }
        var fallen = new AccuracyTest(
            images,
            Math.Min(
                AccuracyTest.Below(RobustShare * memory.BestRobust, images),
                AccuracyTest.UpTo(memory.BestRobust - RobustPoints, images)),
            SoundRobustShare * memory.BestRobust);
        if (memory.AdversarialAtBest is { } before && adversarial > before && fallen.Rejects(robust))
        {
            return new(CollapseKind.CatastrophicOverfitting,
                $"Robust accuracy under {validation.Attack} on held-out images fell from "
                + FormattableString.Invariant($"{100 * memory.BestRobust:F1} % ") + $"to {Counted(robust, images)}, while accuracy on training's adversarial images rose "
                + FormattableString.Invariant($"from {100 * before:F1} % to {100 * adversarial:F1} %: ")
                + $"catastrophic overfitting to training's attack. {fallen}",
                OverfittingAdvice);
        }
        if (robust > memory.BestRobust)
            memory = memory with { BestRobust = robust, AdversarialAtBest = adversarial };
        return null;
    }

    private static string Counted(double accuracy, long images) =>
        FormattableString.Invariant($"{100 * accuracy:F1} % ({Math.Round(accuracy * images):N0} of {images:N0} images)");

    private sealed record Memory(int Rollbacks, int AtChance, double BestClean, double BestRobust, double? AdversarialAtBest);
}
