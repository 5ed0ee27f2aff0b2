using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Metrics;
using Trainer.Robustness;

namespace Trainer.Engine.Training;

/// <summary>
/// Evaluates a run's best checkpoint and its last one on the test images, which nothing before has looked at.
/// </summary>
/// <param name="run">At its end.</param>
/// <param name="store">Where the best checkpoint is.</param>
/// <param name="damaged">Takes each damaged checkpoint that was passed over.</param>
/// <param name="folder">
/// Gets the results of the masking checks, and the ledgers, so that a stopped measurement resumes.
/// </param>
/// <param name="log">Takes what happens.</param>
public sealed class RunEvaluation(
    TrainingRun run, CheckpointStore store, Action<DamagedCheckpoint> damaged, RunFolder folder, ILogger log)
{
    /// <summary>Measures; each line as soon as it is there, and no more once a stop is requested.</summary>
    /// <param name="stopRequested">Asked between blocks; what one process answers stops all.</param>
    /// <param name="progress">Called after each block.</param>
    public IEnumerable<FinalMetrics> Run(Func<bool> stopRequested, Action<EvaluationProgress> progress)
    {
        if (Best() is { } best)
        {
            if (best.State.GlobalStep == run.Position.Step)
            {
                // One network under two names: measured once.
                foreach (var line in Measure("best", run.Model.Measured, stopRequested, progress))
                {
                    yield return line;
                    yield return line with { Checkpoint = "last" };
                }
                yield break;
            }
            using var saved = Load(best);
            foreach (var line in Measure("best", saved.Classifier, stopRequested, progress))
                yield return line;
        }
        foreach (var line in Measure("last", run.Model.Measured, stopRequested, progress))
            yield return line;
    }

    /// <summary>
    /// Runs the masking checks that the recipe asks for on the best checkpoint, or the last where there is no best.
    /// </summary>
    /// <param name="stopRequested">
    /// Asked between blocks; what one process answers stops all. Stopped checks leave no results, and resume where they
    /// were.
    /// </param>
    /// <param name="progress">Called after each block.</param>
    public void Check(Func<bool> stopRequested, Action<EvaluationProgress> progress)
    {
        if (run.Recipe.Evaluate.Checks is not (> 0 and var examples))
            return;
        log.Information(
            "Checking for gradient masking on {Images} test images", Math.Min(examples, run.Data.Test.Count));
        var best = Best();
        using var saved = best is null || best.State.GlobalStep == run.Position.Step ? null : Load(best);
        var results = MaskingChecks.Run(
            saved?.Classifier ?? run.Model.Measured, run.Recipe.EvaluationPlan, run.Data.Test, run.Data.TestFingerprint,
            run.Workers, Control(stopRequested, progress)).ToList();
        if (run.Processes.AllGather(stopRequested()).All(isAsked => !isAsked) && run.Processes.IsFirst)
            CheckReport.Write(folder.Path, results);
    }

    private Checkpoint? Best() => run.Processes.Checkpoint(() => store.FindBest(damaged));

    /// <summary>The first process keeps the ledgers.</summary>
    private EvaluationControl Control(Func<bool> stopRequested, Action<EvaluationProgress> progress) =>
        new(run.Processes.IsFirst ? folder.Evaluations : null, stopRequested, progress) { Processes = run.Processes };

    private SavedClassifier Load(Checkpoint best) =>
        new(new(best.Path, best), run.Recipe.EvaluationPlan, run.Data, run.Device);

    private IEnumerable<FinalMetrics> Measure(
        string checkpoint, Classifier classifier, Func<bool> stopRequested, Action<EvaluationProgress> progress)
    {
        var results = new List<FinalResult>();
        foreach (var result in new FinalEvaluator(classifier, run.Recipe.EvaluationPlan, run.Data, run.Workers,
            Control(stopRequested, progress)).Run(checkpoint))
        {
            results.Add(result);
            foreach (var finding in result.Result.Findings)
                log.Warning("{Finding:l}", finding);
            yield return result.Line;
        }
        if (results.Count == run.Recipe.Evaluate.Final.Count && FinalResult.Union(results) is { } union)
            yield return union;
    }
}
