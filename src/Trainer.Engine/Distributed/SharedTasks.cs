using System.Text.Json;

namespace Trainer.Engine.Distributed;

/// <summary>
/// Tasks that processes share: each takes the next one when it is free, so that slow processes and long tasks hold up
/// none.
/// </summary>
/// <typeparam name="T">What a task gives: a function of the task alone, whichever process computes it.</typeparam>
/// <param name="processes">Each of them makes one, and calls the same.</param>
internal sealed class SharedTasks<T>(Collectives processes)
{
    /// <summary>How long a thread sleeps between two looks for messages and for a stop.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>Computes a task.</summary>
    public required Func<int, T> Compute { get; init; }

    /// <summary>
    /// Asked before each task, and by several processes all the time, on another thread; null never stops. What one
    /// process answers stops all: each finishes the task that it computes and begins no other.
    /// </summary>
    public Func<bool>? StopRequested { get; init; }

    /// <summary>Whether no task after this result is needed.</summary>
    public Func<T, bool> IsLast { get; init; } = _ => false;

    /// <summary>Writes a result for another process.</summary>
    public Func<T, byte[]> Write { get; init; } = result =>
        JsonSerializer.SerializeToUtf8Bytes(result, Collectives.AnyNumber);

    /// <summary>Reads a result of another process.</summary>
    public Func<byte[], T> Read { get; init; } = bytes => JsonSerializer.Deserialize<T>(bytes, Collectives.AnyNumber)!;

    /// <summary>Computes tasks.</summary>
    /// <param name="count">How many.</param>
    /// <param name="take">Called in the first process alone, with each result, in the order of the tasks.</param>
    /// <returns>False, in every process, where a stop was requested before the last task was begun.</returns>
    public bool Run(int count, Action<int, T> take)
    {
        if (processes.Size == 1)
            return Alone(count, take);
        // Asked of all before the first task: a stop that came at the end of other tasks begins none of these.
        if (count > 0 && processes.AllGather(IsAskedToStop()).Any(isAsked => isAsked))
            return false;
        if (!processes.IsFirst)
            new TaskWorker<T>(processes, this).Run();
        return processes.Broadcast(() => new TaskServer<T>(processes, this).Run(count, take));
    }

    /// <summary>Computes tasks whose results every process needs.</summary>
    /// <param name="count">How many.</param>
    /// <param name="progress">Called in the first process with the number of results.</param>
    /// <returns>
    /// The results up to the one after which none is needed; null where a stop was requested.
    /// </returns>
    public IReadOnlyList<T>? All(int count, Action<int>? progress = null)
    {
        var results = new List<T>();
        var isDone = Run(count, (_, result) =>
        {
            results.Add(result);
            progress?.Invoke(results.Count);
        });
        var all = processes.Broadcast(() => results);
        var last = all.FindIndex(result => IsLast(result));
        return !isDone ? null : last < 0 ? all : all[..(last + 1)];
    }

    /// <summary>Whether this process was asked to stop.</summary>
    internal bool IsAskedToStop() => StopRequested?.Invoke() == true;

    private bool Alone(int count, Action<int, T> take)
    {
        for (var task = 0; task < count; task++)
        {
            if (IsAskedToStop())
                return false;
            var result = Compute(task);
            take(task, result);
            if (IsLast(result))
                return true;
        }
        return true;
    }
}
