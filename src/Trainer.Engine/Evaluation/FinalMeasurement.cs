using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Metrics;
using Trainer.Engine.Recipes;
using Trainer.Engine.Training;
using Trainer.Robustness;

namespace Trainer.Engine.Evaluation;

/// <summary>The measurements on test images that a recipe asks for at its end.</summary>
public static class FinalMeasurement
{
    /// <summary>Measures; each line as soon as it is there, and no more once a stop is requested.</summary>
    /// <param name="name">What the lines call the weights.</param>
    /// <param name="classifier">The network with its weights.</param>
    /// <param name="recipe">Threat model, evaluations and seed.</param>
    /// <param name="data">Whose test images are measured.</param>
    /// <param name="parts">The threads that attacks run on.</param>
    /// <param name="stopRequested">Asked between blocks.</param>
    /// <param name="evaluations">Where ledgers and results go, so that a stopped measurement goes on; null for nowhere.</param>
    public static IEnumerable<FinalMetrics> Run(string name, Classifier classifier, Recipe recipe, DataSplits data, BatchParts parts, Func<bool>? stopRequested = null, string? evaluations = null)
    {
        var (options, test, key) = (recipe.Evaluate, data.Test, new RunRandom(recipe.Seed).Key("final"));
        var evaluator = new RobustnessEvaluator(classifier, recipe.Threat, key, options.BatchSize, parts);
        if (evaluator.Run(test, First(test.Count), [], stopRequested) is not { } clean)
            yield break;
        foreach (var final in options.Final)
        {
            var indices = First(Math.Min(final.Examples, test.Count));
            var identity = LedgerIdentity.Of(WeightsHash.Of(classifier.Network), data.Fingerprint, recipe.Threat, [final.Attack], indices, options.BatchSize, key, test.Images.device);
            using var ledger = evaluations is null ? null : Ledger.Open(evaluations, identity);
            if (evaluator.Run(test, indices, [final.Attack], stopRequested, ledger) is not { } result)
                yield break;
            if (ledger is not null)
                EvaluationReport.Write(ledger.Folder, result, identity);
            yield return new(name, AccuracyReport.Of(result), AccuracyReport.Of(clean));
        }
    }

    private static long[] First(long count) => [.. Enumerable.Range(0, (int)count).Select(index => (long)index)];
}
