using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Metrics;
using Trainer.Engine.Weights;
using Trainer.Robustness;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>The measurements on test images that a recipe asks for at its end.</summary>
public static class FinalMeasurement
{
    /// <summary>Measures; each line as soon as it is there, and no more once a stop is requested.</summary>
    /// <param name="name">What the lines call the weights.</param>
    /// <param name="classifier">The network with its weights.</param>
    /// <param name="plan">Threat model, evaluations and seed.</param>
    /// <param name="data">Whose test images are measured.</param>
    /// <param name="workers">The threads that attacks run on.</param>
    /// <param name="control">Where ledgers and results go; null for nowhere.</param>
    public static IEnumerable<MeasuredAttack> Run(
        string name, Classifier classifier, EvaluationPlan plan, DataSplits data, BatchWorkers workers,
        EvaluationControl? control = null)
    {
        control ??= new();
        var (options, test, key) = (plan.Evaluate, data.Test, new RunRandom(plan.Seed).Key("final"));
        if (Evaluator(plan.Threat).Run(test, First(test.Count), [], control.StopRequested) is not { } clean)
            yield break;
        foreach (var final in options.Final)
        {
            var (threat, indices) = (final.Threat ?? plan.Threat, Chosen(final, test.Count, key));
            var identity = LedgerIdentity.Of(
                plan with { Threat = threat }, (WeightsHash.Of(classifier.Network), data.TestFingerprint),
                [final.Attack], indices, key, test.Images.device);
            using var ledger = control.Folder is null ? null : Ledger.Open(control.Folder, identity);
            if (Evaluator(threat).Run(test, indices, [final.Attack], control.StopRequested, ledger) is not { } result)
                yield break;
            if (ledger is not null)
                EvaluationReport.Write(ledger.Folder, result, identity, plan, threat);
            var line = new FinalMetrics(name, AccuracyReport.Of(result), AccuracyReport.Of(clean))
            {
                Threat = $"{threat}",
            };
            yield return new(line, threat, result, ledger?.Folder);
        }

        RobustnessEvaluator Evaluator(ThreatModel threat) =>
            new(classifier, threat, key, options.BatchSize, workers) { Progress = control.Progress };
    }

    private static long[] Chosen(FinalEvaluation final, long count, RandomKey key) =>
        final.Subset == ExampleChoice.First
        ? First(Math.Min(final.Examples, count))
        : [.. Permutation.Of(key.With("subset"), count).Take(final.Examples).Order()];

    private static long[] First(long count) => [.. Enumerable.Range(0, (int)count).Select(index => (long)index)];
}
