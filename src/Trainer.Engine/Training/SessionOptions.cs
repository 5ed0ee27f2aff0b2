using Trainer.Engine.Distributed;
using Trainer.Engine.Signals;

namespace Trainer.Engine.Training;

/// <summary>How a recipe is run on this machine.</summary>
/// <param name="CheckpointRoot">The folder of run folders.</param>
/// <param name="RunFolder">The run folder; by default the recipe's name below the root.</param>
/// <param name="Resume">
/// "auto" (resume where the folder has a checkpoint), "never", or the path of a checkpoint.
/// </param>
/// <param name="AllowRecipeChange">Whether to resume although the recipe differs from the checkpoint's.</param>
/// <param name="DataRoots">Folders of data sets.</param>
/// <param name="Threads">
/// How many CPU threads; null for OMP_NUM_THREADS, else the checkpoint's number, else the physical cores.
/// </param>
public sealed record SessionOptions(
    string CheckpointRoot = "checkpoints", string? RunFolder = null, string Resume = "auto",
    bool AllowRecipeChange = false, IReadOnlyList<string>? DataRoots = null,
    int? Threads = null)
{
    /// <summary>The processes that train together.</summary>
    public Collectives Processes { get; init; } = OneProcess.Instance;

    /// <summary>
    /// Whether the run ends after its last epoch, with the final evaluation left to a later start without this.
    /// </summary>
    public bool SkipFinal { get; init; }

    /// <summary>
    /// Called before a signal ends the process within the final evaluation, on the signal's thread: flushes the log.
    /// </summary>
    public Action<StopSignal> Ending { get; init; } = _ => { };

    /// <summary>Resume where the run folder has a checkpoint.</summary>
    public const string Auto = "auto";

    /// <summary>Refuse a run folder that has a checkpoint.</summary>
    public const string Never = "never";
}
