using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Trainer.Engine.Distributed;

/// <summary>
/// Computes the tasks that the first process gives to this one. A thread tells the first process as soon as this one is
/// asked to stop, also while it computes.
/// </summary>
/// <typeparam name="T">What a task gives.</typeparam>
/// <param name="processes">This one is not the first.</param>
/// <param name="tasks">What is computed.</param>
internal sealed class TaskWorker<T>(Collectives processes, SharedTasks<T> tasks)
{
    // The two threads send and receive one at a time.
    private readonly Lock gate = new();
    private bool hasEnded;
    private ExceptionDispatchInfo? failure;

    /// <summary>Computes until the first process says that there are no more tasks.</summary>
    public void Run()
    {
        var watcher = new Thread(TellOfStop) { Name = "stop" };
        watcher.Start();
        try
        {
            Work();
        }
        finally
        {
            lock (gate)
                hasEnded = true;
            watcher.Join();
        }
        failure?.Throw();
    }

    private void Work()
    {
        var (message, result) = (new TaskMessage(TaskMessageKind.Free), Array.Empty<byte>());
        while (true)
        {
            lock (gate)
            {
                Send(message);
                if (result.Length > 0)
                    processes.Send(0, result);
            }
            var task = Await();
            if (task < 0)
                break;
            var computed = tasks.Compute(task);
            result = tasks.Write(computed);
            message = new(TaskMessageKind.Free, task, result.Length, tasks.IsLast(computed));
        }
        lock (gate)
        {
            hasEnded = true;
            Send(new(TaskMessageKind.End));
        }
    }

    /// <summary>Waits for the next task; −1 for none any more.</summary>
    private int Await()
    {
        var answer = new byte[sizeof(int)];
        while (true)
        {
            lock (gate)
            {
                if (processes.HasMessage(0))
                {
                    processes.Receive(0, answer);
                    return BitConverter.ToInt32(answer);
                }
            }
            Thread.Sleep(SharedTasks<T>.Pause);
        }
    }

    private void TellOfStop()
    {
        try
        {
            while (true)
            {
                var isAsked = tasks.IsAskedToStop();
                lock (gate)
                {
                    if (hasEnded)
                        return;
                    if (isAsked)
                    {
                        Send(new(TaskMessageKind.Stop));
                        return;
                    }
                }
                Thread.Sleep(SharedTasks<T>.Pause);
            }
        }
        catch (Exception exception)
        {
            failure = ExceptionDispatchInfo.Capture(exception);
        }
    }

    private void Send(TaskMessage message) => processes.Send(0, MemoryMarshal.AsBytes(new[] { message }.AsSpan()));
}
