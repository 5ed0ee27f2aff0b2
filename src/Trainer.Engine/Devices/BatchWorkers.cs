using System.Runtime.ExceptionServices;
using TorchSharp;
using Trainer.Robustness.Native;

namespace Trainer.Engine.Devices;

/// <summary>
/// Works on parts of a batch at the same time, one CPU thread a part whose operators have no threads of their own. For
/// the small operators of an attack that divides the work better than torch, which divides each operator: there is one
/// barrier for the whole attack and not one for each operator. On a GPU there is one part.
/// </summary>
public sealed class BatchWorkers : IDisposable
{
    // Below so many rows a part's operators are too small to be worth a thread.
    private const long LeastRows = 8;
    private readonly List<Worker> workers = [];

    /// <summary>Starts the threads.</summary>
    /// <param name="device">Where the batches are.</param>
    /// <param name="threads">How many parts there are at most.</param>
    public BatchWorkers(Device device, int threads)
    {
        if (device.type == DeviceType.CPU && threads > 1)
            workers = [.. Enumerable.Range(0, threads).Select(_ => new Worker())];
    }

    /// <summary>Makes a tensor of a batch's rows part by part.</summary>
    /// <param name="rows">The number of rows N.</param>
    /// <param name="make">
    /// Makes the part of the rows (first, count): [count, …]. Called on several threads, with gradients switched on or
    /// off as they are on this one.
    /// </param>
    /// <returns>[N, …]; null where the parts are.</returns>
    public Tensor? Map(long rows, Func<long, long, Tensor?> make)
    {
        var parts = Math.Min(workers.Count, rows / LeastRows);
        if (parts <= 1)
            return make(0, rows);
        var running = new List<Worker>();
        for (long part = 0, first = 0; part < parts; part++)
        {
            var (start, count) = (first, rows / parts + (part < rows % parts ? 1 : 0));
            workers[(int)part].Start(() => make(start, count));
            running.Add(workers[(int)part]);
            first += count;
        }
        var made = running.ConvertAll(worker => worker.Finish()).OfType<Tensor>().ToList();
        try
        {
            running.Find(worker => worker.Failure is not null)?.Failure?.Throw();
            return made.Count == 0 ? null : cat(made, 0);
        }
        finally
        {
            made.ForEach(part => part.Dispose());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => workers.ForEach(worker => worker.Dispose());

    /// <summary>A thread with single-threaded operators.</summary>
    private sealed class Worker : IDisposable
    {
        private readonly SemaphoreSlim wanted = new(0);
        private readonly SemaphoreSlim done = new(0);
        private readonly Thread thread;
        private Func<Tensor?>? work;
        private bool hasGradients;
        private Tensor? result;

        public Worker()
        {
            thread = new Thread(Loop) { Name = "batch part", IsBackground = true };
            thread.Start();
        }

        /// <summary>What the last piece of work threw.</summary>
        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Start(Func<Tensor?> next)
        {
            (work, hasGradients) = (next, is_grad_enabled());
            wanted.Release();
        }

        /// <summary>Waits for the work and takes its result; null where there is none.</summary>
        public Tensor? Finish()
        {
            done.Wait();
            return result;
        }

        public void Dispose()
        {
            work = null;
            wanted.Release();
            thread.Join();
            wanted.Dispose();
            done.Dispose();
        }

        private void Loop()
        {
            // The number of an operator's threads belongs to the thread that calls it.
            GuardedCalls.SetThreads(1);
            while (true)
            {
                wanted.Wait();
                if (work is null)
                    return;
                (result, Failure) = (null, null);
                try
                {
                    // Scopes belong to threads: the result leaves this one's, and the caller's takes it.
                    using var mode = set_grad_enabled(hasGradients);
                    using var scope = NewDisposeScope();
                    result = work()?.DetachFromDisposeScope();
                }
                catch (Exception exception)
                {
                    Failure = ExceptionDispatchInfo.Capture(exception);
                }
                done.Release();
            }
        }
    }
}
