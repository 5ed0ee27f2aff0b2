using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage;
using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Training.Collapse;

/// <summary>
/// Watches a run's metrics for a collapse. A low accuracy counts only where there are enough images for a verdict
/// (<see cref="AccuracyTest"/>). What the guard remembers is part of every checkpoint.
/// </summary>
/// <param name="options">What the learning rate is multiplied by after a roll-back.</param>
/// <param name="data">The training images: the share of their most frequent class is the accuracy of guessing.</param>
public sealed class CollapseGuard(GuardOptions options, ImageData data) : ICheckpointed
{
    // Measurements at chance level, and the share of the run's steps, before it counts as never having learnt.
    private const int LongestAtChance = 5;
    private const double ShareAtChance = 0.1;

    // A network has learnt something where its accuracy is this far above that of guessing, or halfway from there to 1.
    private const double Learnt = 0.1;

    // Robust accuracy has collapsed below this share of its best, if it is also this far below it. A sound network
    // keeps the last share.
    private const double RobustShare = 0.5;
    private const double RobustPoints = 0.1;
    private const double SoundRobustShare = 0.75;

    // Or below this share of the accuracy on training's adversarial images, if it is also this far below it.
    private const double TrainingShare = 0.1;
    private const double TrainingPoints = 0.4;
    private const double SoundTrainingShare = 0.25;
    private const double CleanShare = 0.75;

    // A mean loss above so many times that of guessing, ln K, is one of a run that has diverged.
    private const double Diverged = 10;

    private const string OverfittingAdvice = "Use more steps (pgd-at), a smaller step size, n-fgsm, or fewer epochs.";

    private const string OfTraining = "the share of the most frequent class among the training images";

    private readonly Lazy<double> trainingMajority = new(() => data.Majority);
    private State state = new(0, 0, 0, 0, null);

    /// <summary>How often the run was rolled back.</summary>
    public int Rollbacks => state.Rollbacks;

    /// <summary>What the schedule's learning rate is multiplied by.</summary>
    public double LearningRateScale => Math.Pow(options.LearningRateFactor, state.Rollbacks);

    /// <summary>Checks the loss of a logging interval.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="totals">The sums of the interval.</param>
    public static DetectedCollapse? AfterInterval(long step, StepTotals totals) =>
        double.IsFinite(totals.Loss) ? null : NotFinite($"The loss at step {step} is not a finite number.");

    /// <summary>
    /// Checks weights and running statistics before they are saved: a checkpoint never holds any that are not finite.
    /// </summary>
    /// <param name="model">Between two steps.</param>
    /// <param name="step">Steps done.</param>
    public static DetectedCollapse? BeforeSave(TrainedModel model, long step)
    {
        var what = !IsFinite(model.Parameters.Values) ? "A weight"
            : !IsFinite(model.Buffers.Statistics) || model.Auxiliary is { } other && !IsFinite(other.Buffers.Statistics)
                ? "A running statistic of batch norm"
            : model.Natural is { } natural && !IsFinite(natural.Weights) ? "A weight of the copy of natural training"
            : null;
        return what is null ? null : NotFinite($"{what} after step {step} is not a finite number.");
    }

    /// <summary>Describes a network whose weights are finite and whose logits are not.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="found">For how many of the held-out images.</param>
    public static DetectedCollapse AtEvaluation(long step, NonFiniteLogitsException found) =>
        NotFinite(
        $"After step {step}, the logits of {found.Count} of {found.Total} held-out images are not finite numbers.");

    /// <summary>Checks an epoch's metrics.</summary>
    /// <param name="progress">At the epoch's end.</param>
    /// <param name="train">Of the epoch's training; null where it had no step.</param>
    /// <param name="validation">On the held-out images; null where they were not measured.</param>
    public DetectedCollapse? AfterEpoch(RunProgress progress, StepTotals? train, AccuracyMetrics? validation) =>
        (train is null ? null : AfterInterval(progress.Step, train))
            ?? Chance(progress, train, validation) ?? Overfitting(progress, train, validation);

    /// <summary>
    /// Counts a roll-back: the state is that of the checkpoint, with one roll-back more than before.
    /// </summary>
    internal void CountRollback(int before) => state = state with { Rollbacks = before + 1 };

    /// <summary>Forgets the metrics so far, and keeps the number of roll-backs.</summary>
    internal void Forget() => state = new(state.Rollbacks, 0, 0, 0, null);

    /// <inheritdoc/>
    public string Name => "guard";

    /// <inheritdoc/>
    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors => [];

    /// <inheritdoc/>
    public JsonNode? Save() => JsonSerializer.SerializeToNode(state);

    /// <inheritdoc/>
    public void Load(JsonNode? value) => state = value?.Deserialize<State>() ?? new(0, 0, 0, 0, null);

    private static bool IsFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        // A finite sum has finite terms, and takes libtorch a hundredth of the time.
        return values.sum().isfinite().item<bool>() || values.isfinite().all().item<bool>();
    }

    private static DetectedCollapse NotFinite(string saw) => new(CollapseKind.NotFinite, saw,
        "Lower optimizer.learningRate, or set train.gradientClip.");

    private DetectedCollapse? Chance(RunProgress progress, StepTotals? train, AccuracyMetrics? validation)
    {
        var (clean, images, (guess, source)) = validation?.Clean is { } measured
            ? (measured, validation.Examples, Guess(validation))
            : (train?.CleanAccuracy ?? double.NaN, train?.CleanImages ?? 0, (trainingMajority.Value, OfTraining));
        // Where guessing is always right, no accuracy shows that a network has learnt.
        if (double.IsNaN(clean) || images == 0 || guess >= 1)
            return null;
        var learnt = guess + Math.Min(Learnt, (1 - guess) / 2);
        var test = new AccuracyTest(
            images, AccuracyTest.UpTo(guess, images), learnt,
            learnt < guess + Learnt ? "halfway from guessing to 100 %"
                : FormattableString.Invariant($"{100 * Learnt} points above guessing"));
        var hadLearnt = state.BestClean >= learnt;
        state = state with
        {
            BestClean = Math.Max(state.BestClean, clean),
            AtChance = test.Rejects(clean) ? state.AtChance + 1 : 0,
        };
        if (state.AtChance == 0)
            return null;
        var saw = $"Clean accuracy after step {progress.Step} is {Counted(clean, images)}, "
            + FormattableString.Invariant($"no better than guessing ({100 * guess:F1} %, {source})");
        if (hadLearnt)
        {
            return new(CollapseKind.Forgotten,
                FormattableString.Invariant($"{saw}; it had been {100 * state.BestClean:F1} %. {test}"),
                "Lower optimizer.learningRate or the objective's weight on adversarial images, "
                + "or set train.gradientClip.");
        }
        var forLong = state.AtChance >= LongestAtChance && progress.Step >= ShareAtChance * progress.Plan.TotalSteps;
        var cutShort = progress.Plan.TotalSteps < progress.Plan.StepsPerEpoch;
        if (!forLong && (!progress.IsTrained || cutShort))
            return null;
        saw += state.AtChance == 1 ? ": " : $", in {state.AtChance} measurements in a row: ";
        return train?.MeanLoss > Diverged * Math.Log(data.Classes)
            ? new(CollapseKind.NeverLearnt,
                FormattableString.Invariant(
                $"{saw}training has diverged, to a mean loss of {train.MeanLoss:G3} in the last epoch. ")
                    + $"{test}",
                "Lower optimizer.learningRate, add warm-up (schedule.warmupEpochs), or set train.gradientClip.")
            : new(CollapseKind.NeverLearnt,
                $"{saw}the network has learnt nothing. {test}",
                "Lower optimizer.learningRate, add warm-up (schedule.warmupEpochs, "
                + "train.epsilonWarmupEpochs) or clean rows "
                    + "(objective.mix), or look at data and network.");
    }

    /// <summary>
    /// The accuracy of guessing, which is to answer one class for all images: the share of the most frequent class
    /// among the measured images, but no more than as many images drawn like the training images could have of one
    /// class.
    /// </summary>
    private (double Share, string Source) Guess(AccuracyMetrics measured)
    {
        var (images, share) = (measured.Examples, trainingMajority.Value);
        if (measured.Majority is not { } own)
            return (share, OfTraining);
        var most = (double)(images - 1 - new Binomial(images, 1 - share).LargestRejected(AccuracyTest.Level)) / images;
        return own == 1 || own <= most
            ? (own, FormattableString.Invariant(
            $"the share of the most frequent class among the {images:N0} held-out images"))
            : (most, "the largest share of one class that an exact binomial test at level "
                + FormattableString.Invariant(
                $"{100 * AccuracyTest.Level} % allows in {images:N0} images drawn like the ")
                + FormattableString.Invariant($"training images, whose most frequent class has {100 * share:F1} %"));
    }

    private DetectedCollapse? Overfitting(RunProgress progress, StepTotals? train, AccuracyMetrics? validation)
    {
        if (validation?.Robust is not { } robust || train?.AdversarialAccuracy is not { } adversarial)
            return null;
        var (images, threat) = (validation.Examples, validation.Threats ?? $"{progress.Plan.Recipe.Threat}");
        // This needs no earlier epoch that was robust. It does not apply where the network overfits clean training
        // images as much, while ε warms up, or where batch norm is evaluated with the statistics of clean images.
        var comparable = validation.Clean >= CleanShare * adversarial
            && progress.Epochs - 1 >= progress.Plan.Recipe.Train.EpsilonWarmupEpochs
            && progress.Plan.Recipe.BatchNorm.Evaluate != BatchNormSet.Clean;
        var low = new AccuracyTest(
            images,
            Math.Min(
                AccuracyTest.Below(TrainingShare * adversarial, images),
                AccuracyTest.UpTo(adversarial - TrainingPoints, images)),
            SoundTrainingShare * adversarial,
            "a quarter of the accuracy on training's adversarial images");
        // Of several threat models, training's attack may have been under the easiest one alone.
        var (easiest, most) = validation.ByThreat is { } each
            ? each.MaxBy(one => one.Value) : KeyValuePair.Create(threat, robust);
        if (comparable && low.Rejects(most))
        {
            return new(CollapseKind.CatastrophicOverfitting,
                $"Robust accuracy under {validation.Attack} ({easiest}) on held-out images is "
                + $"{Counted(most, images)}, "
                + "where training's own adversarial images are classified correctly to "
                + FormattableString.Invariant($"{100 * adversarial:F1} %: ")
                + $"catastrophic overfitting to training's attack, or an attack that is far too weak. {low}",
                OverfittingAdvice);
        }
        var fallen = new AccuracyTest(
            images,
            Math.Min(
                AccuracyTest.Below(RobustShare * state.BestRobust, images),
                AccuracyTest.UpTo(state.BestRobust - RobustPoints, images)),
            SoundRobustShare * state.BestRobust,
            "three quarters of the best robust accuracy");
        if (state.AdversarialAtBest is { } before && adversarial > before && fallen.Rejects(robust))
        {
            return new(CollapseKind.CatastrophicOverfitting,
                $"Robust accuracy under {validation.Attack} ({threat}) on held-out images fell "
                + "from "
                + FormattableString.Invariant($"{100 * state.BestRobust:F1} % ")
                + $"to {Counted(robust, images)}, while accuracy on training's adversarial images rose "
                + FormattableString.Invariant($"from {100 * before:F1} % to {100 * adversarial:F1} %: ")
                + $"catastrophic overfitting to training's attack. {fallen}",
                OverfittingAdvice);
        }
        if (robust > state.BestRobust)
            state = state with { BestRobust = robust, AdversarialAtBest = adversarial };
        return null;
    }

    private static string Counted(double accuracy, long images) =>
        FormattableString.Invariant(
        $"{100 * accuracy:F1} % ({Math.Round(accuracy * images):N0} of {images:N0} images)");

    private sealed record State(
        int Rollbacks, int AtChance, double BestClean, double BestRobust, double? AdversarialAtBest);
}
