using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Storage;
using Trainer.Engine.Training.Collapse;

namespace Trainer.Engine.Training;

/// <summary>
/// A user's or the engine's own addition to the loop: override what is wanted. Hooks run in the order of the list. One
/// that has state also implements <see cref="ICheckpointed"/>.
/// </summary>
public abstract class TrainingHook
{
    /// <summary>The run begins or resumes.</summary>
    public virtual void OnRunStart(TrainingRun run)
    {
    }

    /// <summary>An epoch begins or resumes.</summary>
    public virtual void OnEpochStart(TrainingRun run)
    {
    }

    /// <summary>A step was taken. Reading a tensor here would make every step wait for the device.</summary>
    public virtual void OnStep(TrainingRun run)
    {
    }

    /// <summary>A logging interval ended.</summary>
    public virtual void OnInterval(TrainingRun run, StepMetrics metrics)
    {
    }

    /// <summary>An epoch's steps are done: the time to measure.</summary>
    /// <returns>
    /// Metrics on the held-out images, for the epoch's line and the choice of the best checkpoint; null for none.
    /// </returns>
    public virtual AccuracyMetrics? Evaluate(TrainingRun run) => null;

    /// <summary>An epoch ended, with its evaluation.</summary>
    public virtual void OnEpochEnd(TrainingRun run, EpochMetrics metrics)
    {
    }

    /// <summary>Training has collapsed: the run stops, went back to a checkpoint, or continues.</summary>
    public virtual void OnCollapse(TrainingRun run, CollapseRecord collapse)
    {
    }

    /// <summary>Training had collapsed, and the run went back to a checkpoint.</summary>
    public virtual void OnRollback(TrainingRun run)
    {
    }

    /// <summary>A block of images of the final evaluation, or of the masking checks, is done.</summary>
    public virtual void OnFinalProgress(TrainingRun run, EvaluationProgress progress)
    {
    }

    /// <summary>The final evaluation of a checkpoint is done.</summary>
    public virtual void OnFinal(TrainingRun run, FinalMetrics metrics)
    {
    }

    /// <summary>The run ended, or stops after a signal with its state saved.</summary>
    public virtual void OnRunEnd(TrainingRun run)
    {
    }
}
