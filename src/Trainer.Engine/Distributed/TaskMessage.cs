namespace Trainer.Engine.Distributed;

/// <summary>What a process tells the first one about the tasks that they share.</summary>
/// <param name="Kind">What it tells.</param>
/// <param name="Task">What it has computed; −1 for nothing.</param>
/// <param name="Length">How many bytes the result has, which follow.</param>
/// <param name="IsLast">Whether no task after that one is needed.</param>
internal readonly record struct TaskMessage(TaskMessageKind Kind, int Task = -1, int Length = 0, bool IsLast = false);

/// <summary>What a process tells.</summary>
internal enum TaskMessageKind
{
    /// <summary>It waits for a task.</summary>
    Free,

    /// <summary>It was asked to stop.</summary>
    Stop,

    /// <summary>It sends nothing more.</summary>
    End,
}
