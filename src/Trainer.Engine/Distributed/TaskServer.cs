using System.Runtime.InteropServices;

namespace Trainer.Engine.Distributed;

/// <summary>
/// The first process's part: a thread gives the tasks out to the others, while the process computes some itself.
/// </summary>
/// <typeparam name="T">What a task gives.</typeparam>
/// <param name="processes">This one is the first.</param>
/// <param name="tasks">What is computed.</param>
internal sealed class TaskServer<T>(Collectives processes, SharedTasks<T> tasks)
{
    // Tasks of each process that may be finished before an earlier one: they wait in this process's memory.
    private const int Ahead = 8;

    /// <summary>Computes until there are no more tasks.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="take">Called with each result, in the order of the tasks.</param>
    /// <returns>False where a process was asked to stop before the last task was given out.</returns>
    public bool Run(int count, Action<int, T> take)
    {
        var deal = new TaskDeal<T>(count, Ahead * processes.Size);
        var server = new Thread(() => Serve(deal)) { Name = "tasks" };
        server.Start();
        try
        {
            while (deal.Next() is { } task)
            {
                var result = tasks.Compute(task);
                deal.Finish(task, () => result, tasks.IsLast(result));
                TakeAll(wait: false);
            }
            TakeAll(wait: true);
        }
        catch
        {
            deal.Cancel();
            throw;
        }
        finally
        {
            server.Join();
        }
        return !deal.IsStopped;

        void TakeAll(bool wait)
        {
            foreach (var (task, result) in deal.Take(wait))
                take(task, result);
        }
    }

    /// <summary>Answers the other processes until each of them has ended.</summary>
    private void Serve(TaskDeal<T> deal)
    {
        try
        {
            var (active, waiting) = (Enumerable.Range(1, processes.Size - 1).ToHashSet(), new HashSet<int>());
            while (active.Count > 0 && !deal.IsCancelled)
            {
                if (tasks.IsAskedToStop())
                    deal.Stop();
                var isIdle = true;
                foreach (var rank in active.ToArray())
                {
                    if (processes.HasMessage(rank))
                    {
                        isIdle = false;
                        var kind = Receive(rank, deal);
                        if (kind == TaskMessageKind.Free)
                            waiting.Add(rank);
                        else if (kind == TaskMessageKind.Stop)
                            deal.Stop();
                        else
                            active.Remove(rank);
                    }
                    if (waiting.Contains(rank) && deal.TryNext(out var task))
                    {
                        isIdle = false;
                        processes.Send(rank, BitConverter.GetBytes(task ?? -1));
                        waiting.Remove(rank);
                    }
                }
                if (isIdle)
                    Thread.Sleep(SharedTasks<T>.Pause);
            }
        }
        catch (Exception exception)
        {
            deal.Fail(exception);
        }
    }

    private TaskMessageKind Receive(int rank, TaskDeal<T> deal)
    {
        var message = new TaskMessage[1];
        processes.Receive(rank, MemoryMarshal.AsBytes(message.AsSpan()));
        var (kind, task, length, isLast) = message[0];
        if (task >= 0)
        {
            var bytes = new byte[length];
            if (length > 0)
                processes.Receive(rank, bytes);
            deal.Finish(task, () => tasks.Read(bytes), isLast);
        }
        return kind;
    }
}
