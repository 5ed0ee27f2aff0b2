using Trainer.Engine.Data;
using Trainer.Engine.Devices;
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
    /// <param name="test">The test images.</param>
    /// <param name="parts">The threads that attacks run on.</param>
    /// <param name="stopRequested">Asked between blocks.</param>
    public static IEnumerable<FinalMetrics> Run(string name, Classifier classifier, Recipe recipe, ImageData test, BatchParts parts, Func<bool>? stopRequested = null)
    {
        var options = recipe.Evaluate;
        var evaluator = new RobustnessEvaluator(classifier, recipe.Threat, new RunRandom(recipe.Seed).Key("final"), options.BatchSize, parts);
        if (evaluator.Run(test, First(test.Count), [], stopRequested) is not { } clean)
            yield break;
        foreach (var final in options.Final)
        {
            if (evaluator.Run(test, First(Math.Min(final.Examples, test.Count)), [final.Attack], stopRequested) is not { } result)
                yield break;
            yield return new(name, AccuracyReport.Of(result), AccuracyReport.Of(clean));
        }
    }

    private static long[] First(long count) => [.. Enumerable.Range(0, (int)count).Select(index => (long)index)];
}
