using Trainer.Engine.Metrics;
using Trainer.Engine.Training;

namespace Trainer.Tests.Training;

/// <summary>Ends a run after a step, or in an evaluation, without a save.</summary>
internal sealed class Crash(long Step = -1, bool Evaluation = false) : TrainingHook
{
    public override void OnStep(TrainingRun run)
    {
        if (run.Position.Step == Step)
            throw new CrashException();
    }

    public override AccuracyMetrics? Evaluate(TrainingRun run) => Evaluation ? throw new CrashException() : null;
}
