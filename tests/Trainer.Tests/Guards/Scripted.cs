using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Tests.Training;

namespace Trainer.Tests.Guards;

/// <summary>
/// Replaces the metrics of an evaluation by those of a script, and ends the run without a save or spoils its weights
/// where it is told to.
/// </summary>
/// <param name="script">Clean and robust accuracy, by attempt and epochs done before.</param>
/// <param name="crashAt">After this step of an attempt; null for never.</param>
/// <param name="spoilAt">The same, for weights that are not finite.</param>
internal sealed class Scripted(
    Func<int, int, (double Clean, double Robust)> script, (int Attempt, long Step)? crashAt = null,
    (int Attempt, long Step)? spoilAt = null) : TrainingHook
{
    public int Rollbacks { get; private set; }

    public override void OnStep(TrainingRun run)
    {
        if (crashAt == (run.Position.Attempt, run.Position.Step))
            throw new CrashException();
        if (spoilAt == (run.Position.Attempt, run.Position.Step))
            run.Model.Parameters.Values.fill_(float.NaN);
    }

    public override AccuracyMetrics Evaluate(TrainingRun run)
    {
        var (clean, robust) = script(run.Position.Attempt, run.Position.Epoch);
        return new(1000, clean, robust, "scripted");
    }

    public override void OnRollback(TrainingRun run) => Rollbacks++;
}
