using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Recipes;

namespace Trainer.Engine.Training.Collapse;

/// <summary>Keeps every collapse in the run folder, those that the run survives among them.</summary>
/// <param name="folder">The run folder.</param>
/// <param name="log">Takes why one is not recorded.</param>
internal sealed class CollapseRecorder(RunFolder folder, ILogger log) : TrainingHook
{
    /// <inheritdoc/>
    public override void OnCollapse(TrainingRun run, CollapseRecord collapse)
    {
        try
        {
            collapse.AppendTo(folder.Collapses);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            log.Warning("{File:l} cannot be written: {Reason:l}", folder.Collapses, exception.Message);
        }
    }
}
