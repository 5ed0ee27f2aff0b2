using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>The saves of a run folder that verify.</summary>
/// <param name="saves">Where the saves are.</param>
/// <param name="format">Reads their state.</param>
internal sealed class SoundCheckpoints(SaveFolders saves, CheckpointFormat format)
{
    private readonly HashSet<CheckpointName> damaged = [];

    /// <summary>Whether a save was found damaged.</summary>
    public bool IsDamaged(CheckpointName name) => damaged.Contains(name);

    /// <summary>The first that verifies; null where none does.</summary>
    /// <param name="names">In the order in which they are tried.</param>
    /// <param name="passedOver">Takes each damaged one before it.</param>
    /// <exception cref="TrainerException">One of them cannot be read, or a newer version wrote it.</exception>
    public Checkpoint? First(IEnumerable<CheckpointName> names, Action<DamagedCheckpoint> passedOver)
    {
        foreach (var name in names)
        {
            var (checkpoint, problem) = Checkpoint.TryOpen(saves.PathOf(name), format);
            if (checkpoint is not null)
                return checkpoint;
            damaged.Add(name);
            passedOver(new DamagedCheckpoint(saves.PathOf(name), problem ?? ""));
        }
        return null;
    }
}
