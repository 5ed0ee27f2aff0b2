using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training.Collapse;
using Trainer.Recipes;

namespace Trainer.Engine.Training;

/// <summary>
/// The training loop, top to bottom in the order in which it happens: run start → (epoch start → (batch → attack →
/// objective → backward → step → average → metrics)* → evaluation → guard → save)* → final evaluation → save.
/// </summary>
/// <param name="run">What is trained, at its beginning or loaded from a checkpoint.</param>
/// <param name="hooks">In the order in which they are called.</param>
/// <param name="saves">When and how the run is saved.</param>
/// <param name="recovery">What follows a collapse.</param>
/// <param name="finals">The measurements at the end; null leaves them to a later start.</param>
/// <param name="stop">What signals ask for, of any process.</param>
public sealed class TrainingLoop(
    TrainingRun run, IReadOnlyList<TrainingHook> hooks, SaveSchedule saves, CollapseHandler recovery,
    RunEvaluation? finals, RunRequests stop) : IDisposable
{
    private readonly TrainingPosition position = run.Position;
    private readonly RunJournal journal = saves.Journal;
    private readonly StepExchange? exchange =
        run.Processes.Size == 1 ? null : new(run.Processes, run.Model, stop);

    /// <summary>
    /// Trains until the run is finished or a signal asks it to stop, and leaves its state saved either way.
    /// </summary>
    /// <exception cref="TrainerException">Training collapsed, or the last save failed.</exception>
    public RunOutcome Run()
    {
        using var precision = PrecisionSwitches.Use(run.Recipe.Train.Precision);
        stop.SaveIsDue = () => saves.IsTime;
        Each(hook => hook.OnRunStart(run));
        run.VerifyReplicas();
        recovery.SaveBeginning();
        while (position.Next is NextAction.Step or NextAction.Evaluate)
        {
            if (position.Next == NextAction.Step && !TrainEpoch())
                return Stopped();
            if (position.Next == NextAction.Evaluate && !EndEpoch())
                return Stopped();
        }
        if (position.Next == NextAction.Final && finals is not null)
        {
            if (!EvaluateFinally(finals))
                return Stopped();
            position.Next = NextAction.Done;
            saves.Now();
        }
        EndSaves();
        Each(hook => hook.OnRunEnd(run));
        return new(null, LacksFinal: position.Next == NextAction.Final);
    }

    /// <summary>The steps of an epoch, from its position.</summary>
    /// <returns>False where a signal asks to stop. The evaluation comes next, unless the run was rolled back.</returns>
    private bool TrainEpoch()
    {
        Each(hook => hook.OnEpochStart(run));
        using var batches = run.Batches(position.Attempt, position.Epoch);
        journal.BeginEpoch();
        var step = new TrainingStep(run, exchange);
        while (position.StepInEpoch < run.Plan.StepsPerEpoch && position.Step < run.Plan.TotalSteps)
        {
            if (stop.Stop is not null)
                return false;
            var learningRate = LearningRate(position.Step);
            step.Run(batches, learningRate);
            position.StepInEpoch++;
            position.Step++;
            Each(hook => hook.OnStep(run));
            if (position.Step % run.Recipe.Logging.EverySteps == 0 && RolledBack(EndInterval(learningRate)))
                return true;
            if (saves.IsDue(position) | stop.TakeSave())
            {
                if (RolledBack(BeforeSave()))
                    return true;
                saves.Now();
            }
        }
        if (run.State.Metrics.HasSteps && RolledBack(EndInterval(LearningRate(position.Step - 1))))
            return true;
        position.Next = NextAction.Evaluate;
        return true;
    }

    private double LearningRate(long step) => run.Plan.LearningRate(step) * run.State.Guard.LearningRateScale;

    /// <summary>
    /// Reads the metrics of the steps since the last interval: the one point at which the loop waits for the device.
    /// </summary>
    /// <returns>What the guard saw; then there is no line.</returns>
    private DetectedCollapse? EndInterval(double learningRate)
    {
        var (totals, violation) = run.State.Metrics.EndInterval();
        if (CollapseGuard.AfterInterval(position.Step, totals) is { } seen)
            return seen;
        BoundCheck.Assert(violation == float.NegativeInfinity ? 0 : violation, "of the training objective");
        run.Model.Parameters.Verify();
        run.VerifyReplicas();
        var line = journal.Interval(position, totals, learningRate);
        Each(hook => hook.OnInterval(run, line));
        return null;
    }

    /// <summary>Evaluation, the epoch's line, the guard, and the epoch's save.</summary>
    /// <returns>False where a signal asks to stop: the evaluation then comes first on resuming.</returns>
    private bool EndEpoch()
    {
        using var float32 = PrecisionSwitches.Use(Precision.Float32);
        if (RolledBack(BeforeSave()))
            return true;
        run.PrepareAverage();
        var (validation, nonFinite) = Validate();
        if (RolledBack(nonFinite))
            return true;
        if (stop.AskToStop())
            return false;
        var (before, steps) = (saves.Before(), position.StepInEpoch);
        position.Epoch++;
        position.StepInEpoch = 0;
        if (steps == run.Plan.StepsPerEpoch)
            run.State.Isolated?.AfterEpoch(run);
        run.State.EarlyStopping.Take(run.Score(validation));
        position.Next = run.IsTrained ? NextAction.Final : NextAction.Step;
        var line = journal.Epoch(
            position, run.State.Metrics.Epoch, validation, run.State.Isolated?.Found);
        var seen = run.State.Guard.AfterEpoch(run.Progress, run.State.Metrics.Epoch, validation);
        if (seen is not null && recovery.Stops(seen))
            saves.BestBeforeStop(before, validation);
        Each(hook => hook.OnEpochEnd(run, line));
        if (RolledBack(seen))
            return true;
        // An epoch that train.maxSteps cut short is continued where the run is given more steps.
        if (steps < run.Plan.StepsPerEpoch)
            position.Reopen(steps);
        else
            run.State.Metrics.BeginEpoch();
        saves.AfterEpoch(position, validation);
        return true;
    }

    /// <summary>The hooks' measurements, or the guard's warning of a network without any.</summary>
    private (AccuracyMetrics? Validation, DetectedCollapse? Seen) Validate()
    {
        AccuracyMetrics? validation = null;
        DetectedCollapse? seen = null;
        try
        {
            foreach (var hook in hooks)
                validation = hook.Evaluate(run) ?? validation;
        }
        catch (NonFiniteLogitsException exception)
        {
            seen = CollapseGuard.AtEvaluation(position.Step, exception);
        }
        // Hooks that the recipe adds run in the first process alone. A collapse that any process sees is one of all.
        var all = run.Processes.AllGather(new Measured(validation, validation?.Majority, seen));
        seen = all.Select(measured => measured.Seen).FirstOrDefault(other => other is not null);
        var (first, majority, _) = all[0];
        return (seen is not null || first is null ? null : first with { Majority = majority }, seen);
    }

    /// <summary>
    /// Handles what the guard saw: stops the run by an exception, lets it continue, or rolls it back.
    /// </summary>
    private bool RolledBack(DetectedCollapse? seen)
    {
        if (seen is null)
            return false;
        var collapse = new CollapseRecord(position.Attempt, position.Step, seen.Kind, seen.Saw, CollapseAction.Stop);
        try
        {
            var rolledBack = recovery.Handle(seen);
            collapse = collapse with { Action = rolledBack ? CollapseAction.Rollback : CollapseAction.Ignore };
            return rolledBack;
        }
        finally
        {
            Each(hook => hook.OnCollapse(run, collapse));
            if (collapse.Action == CollapseAction.Rollback)
                Each(hook => hook.OnRollback(run));
        }
    }

    /// <summary>
    /// The measurements on the test images, of the best checkpoint and of the last, and the masking checks.
    /// </summary>
    /// <returns>False where a signal asks to stop.</returns>
    private bool EvaluateFinally(RunEvaluation finals)
    {
        using var float32 = PrecisionSwitches.Use(Precision.Float32);
        EndSaves();
        using var atOnce = stop.EndAtOnce();
        var before = journal.Length;
        foreach (var line in finals.Run(() => stop.IsAsked, Progress))
        {
            journal.Final(line);
            Each(hook => hook.OnFinal(run, line));
        }
        if (!stop.AskToStop())
            finals.Check(() => stop.IsAsked, Progress);
        if (!stop.AskToStop())
            return true;
        // On resuming, the ledgers give every line again.
        journal.CutTo(before);
        return false;

        void Progress(EvaluationProgress progress) => Each(hook => hook.OnFinalProgress(run, progress));
    }

    /// <inheritdoc/>
    public void Dispose() => exchange?.Dispose();

    private RunOutcome Stopped()
    {
        if (!RolledBack(BeforeSave()))
            saves.Now();
        EndSaves();
        Each(hook => hook.OnRunEnd(run));
        return new(stop.Stop);
    }

    /// <summary>What the guard sees in the weights of any process.</summary>
    private DetectedCollapse? BeforeSave() => run.Processes
        .AllGather(CollapseGuard.BeforeSave(run.Model, position.Step))
        .FirstOrDefault(seen => seen is not null);

    /// <summary>
    /// Ends the saves before any process leaves: a process that ends, as by a second signal, would end the others, too.
    /// </summary>
    private void EndSaves()
    {
        saves.Flush();
        run.Processes.Barrier();
    }

    private void Each(Action<TrainingHook> call)
    {
        foreach (var hook in hooks)
            call(hook);
    }

    /// <summary>Metrics with what their JSON leaves out, or what the guard saw.</summary>
    private sealed record Measured(AccuracyMetrics? Metrics, double? Majority, DetectedCollapse? Seen);
}
