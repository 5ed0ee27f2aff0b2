using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Weights;
using Trainer.Robustness;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>
/// Checks that expose false robustness: networks whose gradients do not lead an attack where it should go, which then
/// looks weak (Athalye et al. 2018, arXiv:1802.00420; Carlini et al. 2019, arXiv:1902.06705).
/// </summary>
public static class MaskingChecks
{
    /// <summary>How the checks' AutoAttack departs from its name with so few classes; null where it does not.</summary>
    public static string? Caution(int classes) => Recommendation.AutoAttack.Attack.Caution(classes);

    /// <summary>Runs every check; each result as soon as it is there, and no more once a stop is requested.</summary>
    /// <param name="classifier">The network. Checked in evaluation mode and left in its own.</param>
    /// <param name="plan">
    /// Threat model, seed, size of the blocks, and how many of the first images to check: all where
    /// there are fewer.
    /// </param>
    /// <param name="data">The images.</param>
    /// <param name="fingerprint">Of the images, for ledgers.</param>
    /// <param name="workers">The threads that attacks run on.</param>
    /// <param name="control">Where the attacks keep their ledgers; null for nowhere.</param>
    public static IEnumerable<CheckResult> Run(
        Classifier classifier, EvaluationPlan plan, ImageData data, string fingerprint, BatchWorkers workers,
        EvaluationControl? control = null)
    {
        control ??= new();
        var (key, indices) = (Key(plan), Indices(plan, data));
        var blocks = indices.Chunk(plan.Evaluate.BatchSize).ToList();
        if (Cheap(classifier, key, data, blocks, control) is not { } cheap)
            yield break;
        foreach (var result in cheap)
            yield return result;
        var attacks = new AttackChecks(classifier, plan.Threat, key, plan.Evaluate.BatchSize, workers)
        {
            Progress = control.Progress,
            Processes = control.Processes,
            Ledgers = control.Folder is not { } folder ? null : (attack, threat) =>
            Ledger.Open(folder, LedgerIdentity.Of(
                plan with { Threat = threat }, (WeightsHash.Of(plan.Model, classifier.Network), fingerprint), [attack],
                indices,
                key,
                data.Device), keepsImages: false),
        };
        foreach (var result in attacks.Run(data, indices, control.StopRequested))
            yield return result;
    }

    /// <summary>
    /// The folder for the results of some weights, among those of their evaluations; created if missing.
    /// </summary>
    internal static string Folder(string evaluations, Classifier classifier, EvaluationPlan plan, DataSplits data)
    {
        var identity = LedgerIdentity.Of(
            plan, (WeightsHash.Of(plan.Model, classifier.Network), data.TestFingerprint), [], Indices(plan, data.Test),
            Key(plan),
            data.Test.Device);
        return Directory.CreateDirectory(Path.Combine(evaluations, $"checks-{identity.Key}")).FullName;
    }

    private static RandomKey Key(EvaluationPlan plan) => new RunRandom(plan.Seed).Key("checks");

    private static long[] Indices(EvaluationPlan plan, ImageData data)
    {
        var examples = Math.Min(plan.Evaluate.Checks ?? 0, data.Count);
        return [.. Enumerable.Range(0, (int)examples).Select(index => (long)index)];
    }

    /// <summary>The checks that attack nothing; null where a stop was requested.</summary>
    internal static IReadOnlyList<CheckResult>? Cheap(
        Classifier classifier, RandomKey key, ImageData data, IReadOnlyList<long[]> blocks, EvaluationControl control)
    {
        using var evaluation = classifier.InEvaluationMode();
        return new OutputChecks(classifier, key, control).Run(data, blocks) is { } outputs
            && new GradientChecks(classifier, control).Run(data, blocks) is { } gradients
            ? [.. outputs, .. gradients] : null;
    }
}
