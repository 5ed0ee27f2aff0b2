using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Signals;
using Trainer.Recipes;
using Trainer.Recipes.Binding;

namespace Trainer.Engine.Training;

/// <summary>Logs how a session begins.</summary>
internal static class SessionLog
{
    /// <summary>Logs what is begun or resumed, and how.</summary>
    public static void Beginning(RunFolder folder, TrainingRun run, bool isNew, ILogger log)
    {
        var plan = run.Plan;
        foreach (var note in (isNew ? run.Model.InitialNotes : []).Concat(run.Data.Notes))
            log.Information("{Note:l}", note);
        log.Information(
            "{Beginning:l} in epoch {Epoch} of {Epochs}, after step {Step}, on {Device:l} with {Threads:l}, "
                + "attacks in {AttackPrecision:l}, in {Folder:l}",
            isNew ? "Begins" : "Resumes", Math.Min(run.Position.Epoch + 1, plan.Epochs), plan.Epochs, run.Position.Step,
            run.Device.ToString(), Threads.Describe(get_num_threads()),
            RecipeValue.Word(run.Model.AttackNetwork.Precision), folder.Path);
        if (plan.TotalSteps >= plan.Epochs * plan.StepsPerEpoch)
            return;
        log.Information(
            "Ends after {Steps} of the {EpochSteps} steps of its epochs, by train.maxSteps{Schedule:l}",
            plan.TotalSteps, plan.Epochs * plan.StepsPerEpoch,
            run.Recipe.Schedule.DependsOnTotal ? "; the learning rate runs its whole course within them" : "");
    }

    /// <summary>Logs that a signal has ended the run, with its state saved.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="run">The run.</param>
    /// <param name="log">Takes the line.</param>
    /// <param name="logged">Called after it.</param>
    public static void Stopped(
        StopSignal signal, TrainingRun run, ILogger log, Action<StopSignal>? logged = null)
    {
        log.Information(
            "Stopped by {Signal:l}; saved at step {Step}. Run the same command to resume.", StopRequests.NameOf(signal),
            run.Position.Step);
        logged?.Invoke(signal);
    }

    /// <summary>Logs that a finished run is left as it is.</summary>
    public static void End(RunFolder folder, ResumePoint resume, ResolvedRecipe<Recipe> recipe, ILogger log)
    {
        log.Information(
            "Already finished at step {Step}, in {Folder:l}: nothing is left to do",
            resume.Checkpoint.State.GlobalStep, folder.Path);
        var changes = RecipeDifference.Between(resume.Stored.Tree, recipe.Tree);
        if (changes.Where(change => !change.IsFree).ToList() is { Count: > 0 } others)
        {
            log.Warning(
                "This run is finished and was trained with a different recipe ({Differences:l}); "
                    + "name another folder with --run to train with the present one",
                string.Join("; ", others));
        }
        if (changes.Where(change => change.IsMeasurement).ToList() is { Count: > 0 } evaluations)
        {
            log.Warning(
                "This run is finished and was evaluated differently ({Differences:l}); "
                    + "evaluate it again with trainer evaluate {Folder:l} and --attack or --checks",
                string.Join("; ", evaluations), folder.Path);
        }
    }
}
