using System.Runtime.InteropServices;
using System.Text.Json;

namespace Trainer.Engine.Distributed;

/// <summary>
/// Tasks that processes share: each takes the next one when it is free, so that slow processes and long tasks hold up
/// none. A thread of the first process gives the tasks out, while that process computes some itself.
/// </summary>
/// <typeparam name="T">What a task gives: a function of the task alone, whichever process computes it.</typeparam>
/// <param name="processes">Each of them makes one, and calls the same.</param>
internal sealed class SharedTasks<T>(Collectives processes)
{
    // Tasks of each process that may be finished before an earlier one: they wait in the first process's memory.
    private const int Ahead = 8;

    // How long the first process's thread sleeps between two looks for messages.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>Computes a task.</summary>
    public required Func<int, T> Compute { get; init; }

    /// <summary>Asked before each task; what one process answers stops all.</summary>
    public Func<bool> StopRequested { get; init; } = () => false;

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
    /// <returns>False, in every process, where a stop was requested before the last task.</returns>
    public bool Run(int count, Action<int, T> take)
    {
        if (processes.Size == 1)
            return Alone(count, take);
        if (!processes.IsFirst)
            Work();
        return processes.FromFirst(() => Deal(count, take));
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
        var all = processes.FromFirst(() => results);
        var last = all.FindIndex(result => IsLast(result));
        return !isDone ? null : last < 0 ? all : all[..(last + 1)];
    }

    private bool Alone(int count, Action<int, T> take)
    {
        for (var task = 0; task < count; task++)
        {
            if (StopRequested())
                return false;
            var result = Compute(task);
            take(task, result);
            if (IsLast(result))
                return true;
        }
        return true;
    }

    private bool Deal(int count, Action<int, T> take)
    {
        var deal = new TaskDeal<T>(count, Ahead * processes.Size);
        var server = new Thread(() => Serve(deal)) { Name = "tasks" };
        server.Start();
        try
        {
            while (true)
            {
                TakeAll(wait: false);
                if (StopRequested())
                    deal.Stop();
                if (deal.Next() is not { } task)
                    break;
                var result = Compute(task);
                deal.Finish(task, () => result, IsLast(result));
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

    /// <summary>Answers the other processes until each was told that there are no more tasks.</summary>
    private void Serve(TaskDeal<T> deal)
    {
        try
        {
            var (active, waiting) = (Enumerable.Range(1, processes.Size - 1).ToList(), new HashSet<int>());
            while (active.Count > 0 && !deal.IsCancelled)
            {
                var isIdle = true;
                foreach (var rank in active.ToArray())
                {
                    if (!waiting.Contains(rank))
                    {
                        if (!processes.HasMessage(rank))
                            continue;
                        Receive(rank, deal);
                        waiting.Add(rank);
                    }
                    if (!deal.TryNext(out var task))
                        continue;
                    processes.Send(rank, BitConverter.GetBytes(task ?? -1));
                    waiting.Remove(rank);
                    isIdle = false;
                    if (task is null)
                        active.Remove(rank);
                }
                if (isIdle)
                    Thread.Sleep(Pause);
            }
        }
        catch (Exception exception)
        {
            deal.Fail(exception);
        }
    }

    private void Receive(int rank, TaskDeal<T> deal)
    {
        var request = new Request[1];
        processes.Receive(rank, MemoryMarshal.AsBytes(request.AsSpan()));
        var (task, length, isLast, stops) = request[0];
        if (task >= 0)
        {
            var bytes = new byte[length];
            processes.Receive(rank, bytes);
            deal.Finish(task, () => Read(bytes), isLast);
        }
        if (stops)
            deal.Stop();
    }

    private void Work()
    {
        var (request, bytes) = (new Request(-1, 0, false, StopRequested()), Array.Empty<byte>());
        var answer = new byte[sizeof(int)];
        while (true)
        {
            processes.Send(0, MemoryMarshal.AsBytes(new[] { request }.AsSpan()));
            if (request.Task >= 0)
                processes.Send(0, bytes);
            processes.Receive(0, answer);
            var task = BitConverter.ToInt32(answer);
            if (task < 0)
                return;
            var result = Compute(task);
            bytes = Write(result);
            request = new(task, bytes.Length, IsLast(result), StopRequested());
        }
    }

    /// <summary>What a process says when it is free.</summary>
    /// <param name="Task">What it has computed; −1 for nothing.</param>
    /// <param name="Length">Of the result's bytes, which follow.</param>
    /// <param name="IsLast">Whether no further task is needed.</param>
    /// <param name="Stops">Whether it was asked to stop.</param>
    private readonly record struct Request(int Task, int Length, bool IsLast, bool Stops);
}
