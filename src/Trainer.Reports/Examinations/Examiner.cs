using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Training;
using Trainer.Engine.Weights;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Reports.Examinations;

/// <summary>
/// Measures what a report shows of a checkpoint: accuracy against ε, and what the attack made of single examples.
/// </summary>
/// <param name="checkpoint">The checkpoint.</param>
/// <param name="recipe">Its recipe.</param>
/// <param name="data">The recipe's data, on the device.</param>
/// <param name="device">Where to compute.</param>
/// <param name="evaluations">The folder of the run's evaluations; null where another process has it.</param>
/// <param name="progress">Takes a line about each metric.</param>
internal sealed class Examiner(
    Checkpoint checkpoint, Recipe recipe, DataSplits data, Device device, string? evaluations, Action<string> progress)
{
    /// <summary>The processes that share the attacks; each of them calls the same.</summary>
    public Collectives Processes { get; init; } = OneProcess.Instance;

    /// <summary>The radii at which accuracy is measured, as shares of the threat model's own.</summary>
    private static readonly double[] Shares = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

    private static readonly Pgd Attack = new() { Steps = 20, Loss = AttackLossKind.Margin };
    private readonly RandomKey key = new RunRandom(recipe.Seed).Key("report");

    /// <summary>Measures.</summary>
    /// <param name="examples">How many of the first test images.</param>
    /// <param name="previous">
    /// What was measured before, whose curve is kept where it is of the same weights and images; null for nothing.
    /// </param>
    /// <returns>Null in every process but the first.</returns>
    public Examination? Run(int examples, Examination? previous)
    {
        using var noGrad = no_grad();
        using var saved = new SavedClassifier(new(checkpoint.Path, checkpoint), recipe.EvaluationPlan, data, device);
        long[] indices = [.. Enumerable.Range(0, (int)Math.Min(examples, data.Test.Count))
            .Select(index => (long)index)];
        var curve = Processes.Broadcast(() => previous?.Curve is { } known && previous.Identity == checkpoint.Identity
            && known.Examples == indices.Length && known.Data == data.TestFingerprint ? known : null)
            ?? Curve(saved, indices);
        var attacked = recipe.Threat.Epsilon > 0 ? Attacked(saved, indices) : null;
        return evaluations is null ? null : new(
            Path.GetFileName(checkpoint.Path), checkpoint.Identity, examples, Finished(evaluations),
            data.Test.ClassNames, curve, attacked)
        {
            Triggered = recipe.Data.Poison is IBackdoor backdoor
                ? TriggeredImages.Of(saved.Classifier, data.Test, backdoor) : [],
        };
    }

    /// <summary>The names of the folders of a run's finished evaluations.</summary>
    public static IReadOnlyList<string> Finished(string evaluations) =>
        [.. EvaluationRecord.ReadAll(evaluations).Select(evaluation => Path.GetFileName(evaluation.Folder))
        .Order(StringComparer.Ordinal)];

    /// <summary>
    /// An adversarial image for a smaller radius is one for the larger radius, too: each radius attacks those that
    /// remain.
    /// </summary>
    private RadiusCurve? Curve(SavedClassifier saved, long[] indices)
    {
        if (recipe.Threat.Epsilon == 0)
            return null;
        var points = new List<RadiusPoint>();
        var robust = indices;
        foreach (var share in Shares.Prepend(0))
        {
            var threat = recipe.Threat with { Epsilon = share * recipe.Threat.Epsilon };
            var result = Evaluator(saved, threat).Run(data.Test, robust, share == 0 ? [] : [Attack])!;
            robust = [.. result.Examples.Where(example => example.BrokenBy is null).Select(example => example.Index)];
            points.Add(new(threat.Epsilon, robust.Length));
            progress(
                $"accuracy in {threat} under {Attack.Name}: {robust.Length} of the first {indices.Length} test "
                + "images");
        }
        return new(Attack.Name, data.TestFingerprint, indices.Length, points);
    }

    private AttackedExamples? Attacked(SavedClassifier saved, long[] indices)
    {
        var weights = WeightsHash.Of(saved.Classifier.Network);
        EvaluationRecord? evaluation = null;
        if (!Processes.Broadcast(() => (evaluation = Strongest(weights)) is not null))
            evaluation = Evaluate(saved, indices, weights);
        if (evaluation is null)
            return null;
        var (before, after) = (Confusion.Of(evaluation.Clean, data.Train.Classes),
            Confusion.Of(evaluation.Last, data.Train.Classes));
        var (magnification, pictures) = new KeptImages(evaluation, data.Test).Pictures(recipe.Threat);
        return new(evaluation.Attack, evaluation.Last.Count, before, after, magnification, pictures);
    }

    /// <summary>
    /// Of the run's own evaluations of these weights, the one on the most examples, and of those the one that broke the
    /// most.
    /// </summary>
    private EvaluationRecord? Strongest(string weights)
    {
        var (threat, network) = (LedgerIdentity.Describe(recipe.Threat), LedgerIdentity.Describe(recipe.Model));
        return EvaluationRecord.ReadAll(evaluations!)
            .Where(evaluation =>
            evaluation.Identity.Weights == weights && evaluation.Identity.Data == data.TestFingerprint
            && evaluation.Identity.Threat == threat)
            // Those of earlier versions do not name the network.
            .Where(evaluation => evaluation.Identity.Network is null || evaluation.Identity.Network == network)
            .Where(evaluation => evaluation.Blocks.Any(block => block.Phase > 0))
            .OrderByDescending(evaluation => evaluation.Last.Count)
            .ThenByDescending(evaluation => evaluation.Last.Count(example => example.BrokenBy is not null))
            .FirstOrDefault();
    }

    /// <returns>Null in every process but the first.</returns>
    private EvaluationRecord? Evaluate(SavedClassifier saved, long[] indices, string weights)
    {
        progress($"{Attack.Name} on the first {indices.Length} test images");
        var identity = LedgerIdentity.Of(
            recipe.EvaluationPlan, (weights, data.TestFingerprint), [Attack], indices, key, data.Test.Device);
        using var ledger = evaluations is null ? null : Ledger.Open(evaluations, identity);
        var result = Evaluator(saved, recipe.Threat).Run(data.Test, indices, [Attack], ledger: ledger)!;
        if (ledger is null)
            return null;
        EvaluationReport.Write(ledger.Folder, result, identity, recipe.EvaluationPlan, recipe.Threat);
        return EvaluationRecord.Read(ledger.Folder)!;
    }

    private RobustnessEvaluator Evaluator(SavedClassifier saved, ThreatModel threat) =>
        new(saved.Classifier, threat, key, recipe.Evaluate.BatchSize, saved.Workers) { Processes = Processes };
}
