using System.Diagnostics;
using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Metrics;
using Trainer.Recipes;

namespace Trainer.Engine.Training;

/// <summary>Adds time and memory of this process to those of the run: after each epoch and at the end.</summary>
/// <param name="folder">The run folder.</param>
/// <param name="log">Takes why they are not recorded.</param>
internal sealed class UsageRecorder(RunFolder folder, ILogger log) : TrainingHook
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private RunUsage? before;

    /// <inheritdoc/>
    public override void OnRunStart(TrainingRun run) =>
        before = run.Position.Next == NextAction.Done ? null : RunUsage.Read(folder.Path) ?? new(0, null);

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingRun run, EpochMetrics metrics) => Write(run);

    /// <inheritdoc/>
    public override void OnRunEnd(TrainingRun run) => Write(run);

    private void Write(TrainingRun run)
    {
        // A finished run that is started again does nothing.
        if (before is null)
            return;
        var peak = PeakMemory.Of(run.Device);
        try
        {
            new RunUsage(before.Seconds + clock.Elapsed.TotalSeconds,
                peak is { } bytes && before.PeakBytes is { } former ? Math.Max(bytes, former) : peak ?? before.PeakBytes)
                .Write(folder.Usage);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            log.Warning("{File:l} cannot be written: {Reason:l}", folder.Usage, exception.Message);
        }
    }
}
