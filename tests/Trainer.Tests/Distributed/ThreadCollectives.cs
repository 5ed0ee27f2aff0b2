using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Trainer.Engine.Distributed;

namespace Trainer.Tests.Distributed;

/// <summary>Collectives between threads of this process.</summary>
internal sealed class ThreadCollectives : Collectives
{
    private readonly Exchange exchange;
    private int messages;

    private ThreadCollectives(int rank, Exchange exchange) => (Rank, this.exchange) = (rank, exchange);

    public override int Rank { get; }

    public override int Size => exchange.Sent.Length;

    /// <summary>How many times this process has exchanged something with all others.</summary>
    public int Exchanges { get; private set; }

    /// <summary>Called with the number of what was received by itself, from one other process.</summary>
    public Action<int>? Received { get; set; }

    /// <summary>Runs what every process of a run does, each on a thread; throws what the first of them threw.</summary>
    public static List<T> Run<T>(int size, Func<ThreadCollectives, T> process)
    {
        using var exchange = new Exchange(size);
        var results = new T[size];
        ExceptionDispatchInfo? first = null;
        var threads = Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = process(new ThreadCollectives(rank, exchange));
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(exception), null);
                exchange.Broken.Cancel();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        first?.Throw();
        return [.. results];
    }

    public override void Send(int rank, ReadOnlySpan<byte> bytes) => exchange.Messages(Rank, rank).Add(bytes.ToArray());

    public override void Receive(int rank, Span<byte> bytes)
    {
        exchange.Messages(rank, Rank).Take(exchange.Broken.Token).CopyTo(bytes);
        Received?.Invoke(++messages);
    }

    public override bool HasMessage(int rank)
    {
        exchange.Broken.Token.ThrowIfCancellationRequested();
        return exchange.Messages(rank, Rank).Count > 0;
    }

    public override void Barrier()
    {
        Meet();
        exchange.Wait();
    }

    public override void Abort(int exitCode) => exchange.Broken.Cancel();

    protected override void AllToAll(ReadOnlySpan<byte> send, Span<byte> receive)
    {
        var each = send.Length / Size;
        Put(send);
        for (var rank = 0; rank < Size; rank++)
            exchange.Sent[rank].AsSpan(Rank * each, each).CopyTo(receive[(rank * each)..]);
        exchange.Wait();
    }

    protected override void AllGather(ReadOnlySpan<byte> send, Span<byte> receive)
    {
        Put(send);
        for (var rank = 0; rank < Size; rank++)
            exchange.Sent[rank].CopyTo(receive[(rank * send.Length)..]);
        exchange.Wait();
    }

    protected override void Broadcast(Span<byte> buffer)
    {
        Put(buffer);
        exchange.Sent[0].CopyTo(buffer);
        exchange.Wait();
    }

    private void Put(ReadOnlySpan<byte> send, [CallerMemberName] string collective = "")
    {
        Exchanges++;
        exchange.Sent[Rank] = send.ToArray();
        Meet(collective);
    }

    /// <summary>Waits until all processes call the same; MPI's would wait for ever where they call others.</summary>
    private void Meet([CallerMemberName] string collective = "")
    {
        exchange.Called[Rank] = collective;
        exchange.Wait();
        if (exchange.Called.Distinct().Count() > 1)
            throw new InvalidOperationException(
                $"The processes call different collectives: {string.Join(", ", exchange.Called)}.");
    }

    private sealed class Exchange(int size) : IDisposable
    {
        private readonly Barrier barrier = new(size);

        private readonly BlockingCollection<byte[]>[] messages =
            [.. Enumerable.Range(0, size * size).Select(_ => new BlockingCollection<byte[]>())];

        public byte[][] Sent { get; } = new byte[size][];

        public string[] Called { get; } = new string[size];

        /// <summary>A process failed: the others do not wait for it.</summary>
        public CancellationTokenSource Broken { get; } = new();

        public BlockingCollection<byte[]> Messages(int from, int to) => messages[from * Sent.Length + to];

        public void Wait() => barrier.SignalAndWait(Broken.Token);

        public void Dispose()
        {
            barrier.Dispose();
            Broken.Dispose();
            Array.ForEach(messages, queue => queue.Dispose());
        }
    }
}
