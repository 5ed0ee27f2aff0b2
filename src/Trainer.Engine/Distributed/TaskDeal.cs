using System.Runtime.ExceptionServices;

namespace Trainer.Engine.Distributed;

/// <summary>
/// Gives out the tasks of several processes in their order, and puts the results into that order again. Safe for
/// several threads.
/// </summary>
/// <typeparam name="T">What a task gives.</typeparam>
/// <param name="count">The number of tasks.</param>
/// <param name="ahead">
/// How many tasks may be given out from the first that is not finished: what comes after it waits in memory.
/// </param>
internal sealed class TaskDeal<T>(int count, int ahead)
{
    private readonly object gate = new();
    private readonly Dictionary<int, Func<T>> results = [];
    private readonly HashSet<int> unfinished = [];
    private int next;
    private int taken;
    private bool isClosed;
    private ExceptionDispatchInfo? failure;

    /// <summary>Whether a process asked to stop before all tasks were given out.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Whether the tasks' own process failed: the others are not answered any more.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>The next task, where it may be given out yet.</summary>
    /// <param name="task">Null where there is none any more.</param>
    /// <returns>False where the process has to ask again later.</returns>
    public bool TryNext(out int? task)
    {
        lock (gate)
        {
            task = null;
            if (isClosed || next == count)
                return true;
            if (unfinished.Count > 0 && next - unfinished.Min() >= ahead)
                return false;
            unfinished.Add(next);
            task = next++;
            return true;
        }
    }

    /// <summary>The next task for the process that takes the results, which waits for it.</summary>
    /// <returns>Null where there is none any more.</returns>
    public int? Next()
    {
        lock (gate)
        {
            while (true)
            {
                failure?.Throw();
                if (TryNext(out var task))
                    return task;
                Monitor.Wait(gate);
            }
        }
    }

    /// <summary>Takes what a task gave.</summary>
    /// <param name="task">Given out before.</param>
    /// <param name="result">Called where the result is taken.</param>
    /// <param name="isLast">Whether no further task is given out.</param>
    public void Finish(int task, Func<T> result, bool isLast)
    {
        lock (gate)
        {
            results.Add(task, result);
            unfinished.Remove(task);
            isClosed |= isLast;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Gives out no further task, because a process was asked to stop.</summary>
    public void Stop()
    {
        lock (gate)
        {
            IsStopped |= next < count && !isClosed;
            isClosed = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Ends the deal by a failure of the thread that answers the others, which the taker throws.</summary>
    public void Fail(Exception exception)
    {
        lock (gate)
        {
            failure = ExceptionDispatchInfo.Capture(exception);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Ends the deal because its own process failed.</summary>
    public void Cancel()
    {
        lock (gate)
            IsCancelled = true;
    }

    /// <summary>The results that are next in order and not taken yet.</summary>
    /// <param name="wait">Whether to wait for all tasks that were given out.</param>
    public IEnumerable<(int Task, T Result)> Take(bool wait)
    {
        while (true)
        {
            Func<T>? result;
            lock (gate)
            {
                failure?.Throw();
                while (!results.Remove(taken, out result))
                {
                    if (!wait || taken == next)
                        yield break;
                    Monitor.Wait(gate);
                    failure?.Throw();
                }
            }
            yield return (taken++, result());
        }
    }
}
