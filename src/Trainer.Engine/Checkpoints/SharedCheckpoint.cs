using Trainer.Engine.Distributed;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>One checkpoint for all processes.</summary>
internal static class SharedCheckpoint
{
    /// <summary>The checkpoint that the first process finds; the others open it where that one found it.</summary>
    /// <param name="processes">Each of them calls this.</param>
    /// <param name="find">Called in the first process alone.</param>
    /// <returns>Null where it finds none.</returns>
    /// <exception cref="TrainerException">A process cannot read it.</exception>
    public static Checkpoint? Checkpoint(this Collectives processes, Func<Checkpoint?> find)
    {
        Checkpoint? found = null;
        var path = processes.Broadcast(() => (found = find())?.Path);
        return found ?? (path is null ? null : Checkpoints.Checkpoint.Open(path));
    }
}
