using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Signals;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Training;

/// <summary>Measures clean and robust accuracy on held-out training images: a subset fixed by the seed, the same every time.</summary>
/// <param name="stop">A signal ends the measurement.</param>
public sealed class ValidationHook(StopRequests stop) : TrainingHook
{
    /// <inheritdoc/>
    public override AccuracyMetrics? Evaluate(TrainingRun run)
    {
        var (options, held) = (run.Recipe.Evaluate, run.Data.Validation);
        var last = run.Position.Epoch + 1 >= run.Epochs || run.Position.Step >= run.TotalSteps;
        if (held.Count == 0 || (!last && (run.Position.Epoch + 1) % options.EveryEpochs != 0))
            return null;
        var key = run.Random.Key("validation");
        var evaluator = new RobustnessEvaluator(run.Measured, run.Recipe.Threat, key, options.BatchSize, run.Parts);
        var result = evaluator.Run(held, Subset(held.Count, Math.Min(options.Examples, held.Count), key), options.Attacks, () => stop.Stop is not null);
        return result is null ? null : AccuracyReport.Of(result);
    }

    /// <summary>The indices of the subset, ascending.</summary>
    private static long[] Subset(long count, long examples, RandomKey key) =>
        [.. Permutation.Of(key.With("subset"), count).Take((int)examples).Order()];
}
