using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;

namespace Trainer.Engine.Training;

/// <summary>Logs where a resumed run is no longer what it was.</summary>
internal static class ResumeLog
{
    /// <summary>Logs the position of a run that is resumed with other batches.</summary>
    public static void Batches(CheckpointState saved, TrainingRun run, ILogger log)
    {
        var (position, step) = (run.Position, saved.GlobalStep);
        if (saved.StepInEpoch > 0 && position.StepInEpoch == 0)
        {
            log.Warning(
                "Epoch {Epoch} starts again because the recipe's batches have changed: the weights keep the {Steps} "
                    + "steps already taken in it, and all of its images are trained on again",
                position.Epoch + 1, saved.StepInEpoch);
        }
        if (position.Step != step)
        {
            log.Warning(
                "Step {Step} counts as step {NewStep} from here on, as if every epoch had had {StepsPerEpoch} steps: "
                    + "learning rate and ε follow the epochs",
                step, position.Step, run.Plan.StepsPerEpoch);
        }
    }

    /// <summary>Logs that a longer run continues the epoch in which train.maxSteps had ended it.</summary>
    public static void CutEpoch(CheckpointState saved, TrainingRun run, ILogger log)
    {
        if (saved.Next == NextAction.Step || run.Position is not { Next: NextAction.Step, StepInEpoch: > 0 } position)
            return;
        log.Warning(
            "Continues epoch {Epoch} after step {Step} of its {Steps}, where train.maxSteps had ended the run: "
            + "the rest of "
                + "its images are trained on now, and its line of metrics is written again",
            position.Epoch + 1, position.StepInEpoch, run.Plan.StepsPerEpoch);
    }

    /// <summary>
    /// Logs where the machine is not the one that saved: the run is then the same up to rounding, not bit for bit.
    /// </summary>
    public static void Environment(CheckpointState saved, TrainingRun run, ILogger log)
    {
        // What an older version did not record counts as unchanged.
        var differences = TorchVersions.All.Select(version => (version.Key,
            Old: saved.Versions.GetValueOrDefault(version.Key, version.Value), New: version.Value))
            .Append(("device", saved.Device, run.Device.ToString()))
            .Append(("processes", $"{saved.Processes}", $"{run.Processes.Size}"))
            .Append(("threads", $"{saved.Threads}", $"{get_num_threads()}"))
            .Where(item => item.Item2 != item.Item3)
            .Select(item => $"{item.Item1} {item.Item2} → {item.Item3}").ToList();
        if (differences.Count > 0)
            log.Warning(
                "Resuming in a different environment ({Differences:l}); "
                    + "results match the uninterrupted run up to rounding, not bit for bit",
                string.Join(", ", differences));
    }
}
