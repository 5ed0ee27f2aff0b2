using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Weights;
using Trainer.Robustness;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>
/// Checks that expose false robustness: networks whose gradients do not lead an attack where it should go, which then looks
/// weak (Athalye et al. 2018, arXiv:1802.00420; Carlini et al. 2019, arXiv:1902.06705).
/// </summary>
public static class MaskingChecks
{
    /// <summary>Runs every check; each result as soon as it is there, and no more once a stop is requested.</summary>
    /// <param name="classifier">The network. Checked in evaluation mode and left in its own.</param>
    /// <param name="plan">Threat model, final evaluations, seed, and the size of the blocks.</param>
    /// <param name="data">The images.</param>
    /// <param name="examples">How many of the first images; all where there are fewer.</param>
    /// <param name="parts">The threads that attacks run on.</param>
    /// <param name="stopRequested">Asked between blocks.</param>
    /// <param name="progress">Told before each attack and after each of its blocks.</param>
    /// <param name="ledgers">
    /// Where the attacks keep their ledgers, so that stopped checks resume, with the data's fingerprint; null for
    /// nowhere.
    /// </param>
    public static IEnumerable<CheckResult> Run(
        Classifier classifier, EvaluationPlan plan, ImageData data, long examples, BatchWorkers parts, Func<bool>? stopRequested = null, Action<EvaluationProgress>? progress = null,
        (string Folder, string Fingerprint)? ledgers = null)
    {
        var (key, indices) = (Key(plan), Indices(data, examples));
        var blocks = indices.Chunk(plan.Evaluate.BatchSize).ToList();
        foreach (var result in Cheap(classifier, plan, key, data, blocks))
            yield return result;
        var attacks = new AttackChecks(classifier, plan.Threat, key, plan.Evaluate.BatchSize, parts)
        {
            Progress = progress,
            Ledgers = ledgers is not (var folder, var fingerprint) ? null : (attack, threat) => Ledger.Open(folder, LedgerIdentity.Of(
                WeightsHash.Of(classifier.Network), plan.Model, fingerprint, threat, [attack], indices, plan.Evaluate.BatchSize, key, data.Images.device), keepsImages: false),
        };
        foreach (var result in attacks.Run(data, indices, stopRequested))
            yield return result;
    }

    /// <summary>The folder for the results of some weights, among those of their evaluations; created if missing.</summary>
    internal static string Folder(string evaluations, Classifier classifier, EvaluationPlan plan, DataSplits data, long examples)
    {
        var identity = LedgerIdentity.Of(WeightsHash.Of(classifier.Network), plan.Model, data.TestFingerprint, plan.Threat, [], Indices(data.Test, examples),
            plan.Evaluate.BatchSize, Key(plan), data.Test.Images.device);
        return Directory.CreateDirectory(Path.Combine(evaluations, $"checks-{identity.Key}")).FullName;
    }

    private static RandomKey Key(EvaluationPlan plan) => new RunRandom(plan.Seed).Key("checks");

    private static long[] Indices(ImageData data, long examples) => [.. Enumerable.Range(0, (int)Math.Min(examples, data.Count)).Select(index => (long)index)];

    private static IReadOnlyList<CheckResult> Cheap(
        Classifier classifier, EvaluationPlan plan, RandomKey key, ImageData data, IReadOnlyList<long[]> blocks)
    {
        using var evaluation = classifier.InEvaluationMode();
        var evaluated = plan.Evaluate.Final
            .Where(final => final.Threat is null || final.Threat == plan.Threat).Select(final => final.Attack).ToList();
        return [.. new OutputChecks(classifier, key, evaluated).Run(data, blocks), .. new GradientChecks(classifier).Run(data, blocks)];
    }
}
