using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Metrics;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Robustness;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>Evaluates a network on the test images as a plan describes.</summary>
/// <param name="classifier">The network with its weights.</param>
/// <param name="plan">Threat model, evaluations and seed.</param>
/// <param name="data">Whose test images are used.</param>
/// <param name="workers">The threads that attacks run on.</param>
/// <param name="control">Where ledgers and results are kept; null keeps none.</param>
public sealed class FinalEvaluator(
    Classifier classifier, EvaluationPlan plan, DataSplits data, BatchWorkers workers,
    EvaluationControl? control = null)
{
    private readonly EvaluationControl control = control ?? new();

    /// <summary>
    /// Measures clean accuracy on all test images, then runs each final evaluation of the plan; each result as soon as
    /// it is there, and no more once a stop is requested. Where the plan has none, no test image is looked at.
    /// </summary>
    /// <param name="name">What the results call the weights.</param>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public IEnumerable<FinalResult> Run(string name)
    {
        if (plan.Evaluate.Final.Count == 0)
            yield break;
        var (test, key) = (data.Test, new RunRandom(plan.Seed).Key("final"));
        if (Evaluator(plan.Threat, key).Run(test, First(test.Count), [], control.StopRequested) is not { } clean)
            yield break;
        var all = AccuracyReport.Of(clean);
        if (plan.Data.Poison is not null)
        {
            if (Backdoor(clean) is not { } backdoor)
                yield break;
            all = all with { Backdoor = backdoor };
        }
        foreach (var final in plan.Evaluate.Final)
        {
            var (threat, indices) = (final.Threat ?? plan.Threat, Chosen(final, test.Count, key));
            var identity = LedgerIdentity.Of(
                plan with { Threat = threat }, (WeightsHash.Of(plan.Model, classifier.Network), data.TestFingerprint),
                [final.Attack], indices, key, test.Device);
            using var ledger = control.Folder is null ? null : Ledger.Open(control.Folder, identity);
            if (Evaluator(threat, key).Run(test, indices, [final.Attack], control.StopRequested, ledger)
                is not { } measured)
                yield break;
            if (new AutoAttackChecks(classifier, key, control).Run(
                test, [.. indices.Take(plan.Evaluate.BatchSize)], final.Attack, measured) is not { } doubts)
                yield break;
            var result = measured with
            {
                AttackCaution = final.Attack.Caution(classifier.Classes),
                Findings = [.. measured.Findings, .. doubts],
            };
            if (ledger is not null)
                EvaluationReport.Write(ledger.Folder, result, identity, plan, threat);
            var line = new FinalMetrics(name, AccuracyReport.Of(result), all)
            {
                Threat = $"{threat}",
                Attacks = identity.Attacks,
                Subset = final.Subset == ExampleChoice.First ? null : RecipeValue.Word(final.Subset),
            };
            yield return new(line, threat, result);
        }
    }

    /// <summary>
    /// Measures clean accuracy, and what the plan's poison does where it has one, on all test images, without any
    /// attack on them.
    /// </summary>
    /// <param name="name">What the result calls the weights.</param>
    /// <returns>The result, or null where a stop was requested.</returns>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public FinalResult? MeasureBackdoor(string name)
    {
        var key = new RunRandom(plan.Seed).Key("final");
        if (Evaluator(plan.Threat, key).Run(data.Test, First(data.Test.Count), [], control.StopRequested)
            is not { } clean)
            return null;
        var metrics = AccuracyReport.Of(clean);
        if (plan.Data.Poison is not null)
        {
            if (Backdoor(clean) is not { } backdoor)
                return null;
            metrics = metrics with { Backdoor = backdoor };
        }
        return new(new(name, metrics), plan.Threat, clean);
    }

    /// <summary>
    /// Measures accuracy under the common corruptions, on the first test images, with a ledger from which a stopped
    /// measurement resumes.
    /// </summary>
    /// <param name="examples">How many; null for all.</param>
    /// <returns>The report, or null where a stop was requested.</returns>
    /// <exception cref="TrainerException">The images are too small, or the result cannot be written.</exception>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public CorruptionReport? MeasureCorruptions(int? examples)
    {
        if (CommonCorruptions.Refusal(data.Test.Shape) is { } refusal)
            throw new TrainerException(ErrorKind.Data, $"--corruptions: {refusal}. Leave it out.");
        var weights = WeightsHash.Of(plan.Model, classifier.Network);
        var key = new RunRandom(plan.Seed).Key("corruptions");
        var indices = First(Math.Min(examples ?? data.Test.Count, data.Test.Count));
        var identity = LedgerIdentity.Of(
            plan with { Threat = LedgerIdentity.NoThreat }, (weights, data.TestFingerprint), [], indices, key,
            data.Test.Device) with
        {
            Attacks = [$"common corruptions, version {CommonCorruptions.Version}"],
        };
        using var ledger = control.Folder is null ? null : Ledger.Open(control.Folder, identity, keepsImages: false);
        var report = new CorruptionEvaluator(classifier, key, plan.Evaluate.BatchSize)
        {
            Progress = control.Progress,
            Processes = control.Processes,
        }.Run(data.Test, indices, weights, control.StopRequested, ledger) is { } measured
            ? measured with { Data = data.TestFingerprint, Seed = plan.Seed } : null;
        if (report is not null && ledger is not null)
            CorruptionFiles.Write(ledger.Folder, report);
        return report;
    }

    /// <summary>Runs the masking checks on the first test images; each result as soon as it is there.</summary>
    public IEnumerable<CheckResult> Check()
    {
        var results = new List<CheckResult>();
        foreach (var result in MaskingChecks.Run(classifier, plan, data.Test, data.TestFingerprint, workers, control))
        {
            results.Add(result);
            yield return result;
        }
        if (control.Folder is { } folder)
            CheckReport.Write(MaskingChecks.Folder(folder, classifier, plan, data), results);
    }

    /// <summary>The logits of the clean test images, to compare with another framework's.</summary>
    /// <returns>Float32 [N, K] on the CPU, in the order of the test images.</returns>
    /// <exception cref="NonFiniteLogitsException">Some of them are NaN or infinite.</exception>
    public Tensor Logits()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = classifier.InEvaluationMode();
        var blocks = First(data.Test.Count).Chunk(plan.Evaluate.BatchSize).Select(rows =>
            classifier.Logits(data.Test.Batch(tensor(rows, device: data.Test.Device)).Images));
        var logits = cat([.. blocks], 0).cpu();
        var nonFinite = logits.isfinite().all(1).logical_not().sum().item<long>();
        return nonFinite == 0 ? logits.MoveToOuterDisposeScope()
            : throw new NonFiniteLogitsException(nonFinite, data.Test.Count);
    }

    private BackdoorMetrics? Backdoor(EvaluationResult clean) =>
        plan.Data.Poison is not { } poison ? null
            : new BackdoorEvaluator(classifier, poison, plan.Evaluate.BatchSize) { Processes = control.Processes }
                .Run(data.Test, First(data.Test.Count), clean.CleanAccuracy, control.StopRequested);

    private RobustnessEvaluator Evaluator(ThreatModel threat, RandomKey key) =>
        new(classifier, threat, key, plan.Evaluate.BatchSize, workers)
        {
            Progress = control.Progress,
            Processes = control.Processes,
        };

    private static long[] Chosen(FinalEvaluation final, long count, RandomKey key) =>
        final.Subset == ExampleChoice.First
        ? First(Math.Min(final.Examples, count))
        : [.. Permutation.Of(key.With("subset"), count).Take(final.Examples).Order()];

    private static long[] First(long count) => [.. Enumerable.Range(0, (int)count).Select(index => (long)index)];
}
