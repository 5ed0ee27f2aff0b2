using System.Runtime.ExceptionServices;
using TorchSharp;

namespace Trainer.Engine.Devices;

/// <summary>
/// Works on parts of a batch at the same time, one CPU thread a part whose operators have no threads of their own. For
/// the small operators of an attack that divides the work better than torch, which divides each operator: there is one
/// barrier for the whole attack and not one for each operator. On a GPU there is one part.
/// </summary>
public sealed class BatchParts : IDisposable
{
    // Below so many rows a part's operators are too small to be worth a thread.
    private const long LeastRows = 8;
    private readonly List<Worker> workers = [];

    /// <summary>Starts the threads.</summary>
    /// <param name="device">Where the batches are.</param>
    /// <param name="threads">How many parts there are at most.</param>
    public BatchParts(Device device, int threads)
    {
        if (device.type == DeviceType.CPU && threads > 1)
            workers = [.. Enumerable.Range(0, threads).Select(_ => new Worker())];
    }

    /// <summary>Makes a tensor of a batch's rows part by part.</summary>
    /// <param name="rows">The number of rows N.</param>
    /// <param name="make">Makes the part of the rows (first, count): [count, …]. Called on several threads.</param>
    /// <returns>[N, …]; null where the parts are.</returns>
    public Tensor? Map(long rows, Func<long, long, Tensor?> make)
    {
        if (Count(rows) == 1)
            return make(0, rows);
        // Scopes belong to threads: a part leaves its thread's, and the whole is in the caller's.
        var made = Divide(rows, (_, first, count) => make(first, count)?.DetachFromDisposeScope()).OfType<Tensor>().ToList();
        try
        {
            return made.Count == 0 ? null : cat(made, 0);
        }
        finally
        {
            made.ForEach(part => part.Dispose());
        }
    }

    /// <summary>In how many parts so many rows are worked on.</summary>
    public int Count(long rows) => (int)Math.Max(1, Math.Min(workers.Count, rows / LeastRows));

    /// <summary>Works on a batch's rows part by part, each in a dispose scope of its own.</summary>
    /// <param name="rows">The number of rows N.</param>
    /// <param name="work">Is given (part, first, count); what tensors it returns have to leave its scope. Called on several threads.</param>
    /// <returns>The parts' results, in order.</returns>
    public IReadOnlyList<T> Divide<T>(long rows, Func<int, long, long, T> work)
    {
        var parts = Count(rows);
        if (parts == 1)
        {
            using var scope = NewDisposeScope();
            return [work(0, 0, rows)];
        }
        var results = new T[parts];
        var first = 0L;
        for (var part = 0; part < parts; part++)
        {
            var (index, start, count) = (part, first, rows / parts + (part < rows % parts ? 1 : 0));
            workers[part].Start(() => results[index] = work(index, start, count));
            first += count;
        }
        var running = workers.Take(parts).ToList();
        running.ForEach(worker => worker.Finish());
        running.Find(worker => worker.Failure is not null)?.Failure?.Throw();
        return results;
    }

    /// <inheritdoc/>
    public void Dispose() => workers.ForEach(worker => worker.Dispose());

    /// <summary>A thread with single-threaded operators.</summary>
    private sealed class Worker : IDisposable
    {
        private readonly SemaphoreSlim wanted = new(0);
        private readonly SemaphoreSlim done = new(0);
        private readonly Thread thread;
        private Action? work;

        public Worker()
        {
            thread = new Thread(Loop) { Name = "batch part", IsBackground = true };
            thread.Start();
        }

        /// <summary>What the last piece of work threw.</summary>
        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Start(Action next)
        {
            work = next;
            wanted.Release();
        }

        /// <summary>Waits for the work.</summary>
        public void Finish() => done.Wait();

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
            set_num_threads(1);
            while (true)
            {
                wanted.Wait();
                if (work is null)
                    return;
                Failure = null;
                try
                {
                    using var scope = NewDisposeScope();
                    work();
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
