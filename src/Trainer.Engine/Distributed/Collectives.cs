using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trainer.Engine.Distributed;

/// <summary>
/// What the processes of one run do together. Every process calls the same operations in the same order, from one
/// thread at a time.
/// </summary>
public abstract class Collectives : IDisposable
{
    /// <summary>How values are written between processes: numbers may be NaN or infinite.</summary>
    internal static readonly JsonSerializerOptions AnyNumber = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    // Bytes that each process sends to each other in one exchange, and all that a process receives in it: a span has
    // at most 2 GiB.
    private const long LargestPiece = 16 << 20;
    private const long LargestReceived = 256 << 20;

    private readonly KeptBuffers received = new();
    private readonly KeptBuffers pinned = new(isPinned: true);
    private readonly KeptBuffers copied = new();

    /// <summary>The number of this process, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>How many processes there are: W.</summary>
    public abstract int Size { get; }

    /// <summary>Whether this process alone writes, logs and shows progress.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Adds a tensor up over all processes, in place.</summary>
    /// <remarks>
    /// Each element is added up in one process, in the order of the ranks, and then copied to the others: all have the
    /// same bits, whatever algorithms the library has. MPI's own all-reduce promises neither. Each process sends
    /// 2 (W − 1) / W times the tensor's bytes, as in a ring. Values of a GPU go through host memory.
    /// </remarks>
    /// <param name="flat">[L], contiguous, of the same length and dtype everywhere.</param>
    public void AllReduce(Tensor flat)
    {
        if (Size == 1)
            return;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (flat.device.type == TorchSharp.DeviceType.CPU)
            AllReduceOnHost(flat);
        else
            AllReduceCopied(flat);
    }

    /// <summary>Adds up a copy in host memory, which is pinned where the values are those of a GPU by CUDA.</summary>
    /// <param name="flat">[L], of the same length and dtype everywhere.</param>
    internal void AllReduceCopied(Tensor flat)
    {
        var buffers = flat.device.type == TorchSharp.DeviceType.CUDA ? pinned : copied;
        var host = buffers.Take(flat.dtype, flat.numel());
        host.copy_(flat);
        AllReduceOnHost(host);
        flat.copy_(host);
    }

    /// <summary>A value of each process.</summary>
    /// <param name="own">This process's value.</param>
    /// <returns>The values, in the order of the ranks.</returns>
    public IReadOnlyList<T> AllGather<T>(T own)
    {
        if (Size == 1)
            return [own];
        var bytes = JsonSerializer.SerializeToUtf8Bytes(own, AnyNumber);
        var lengths = new byte[Size * sizeof(int)];
        AllGather(BitConverter.GetBytes(bytes.Length), lengths);
        byte[][] values = [.. Enumerable.Range(0, Size).Select(
            rank => new byte[BitConverter.ToInt32(lengths, rank * sizeof(int))])];
        AllGather(bytes, values);
        return [.. values.Select(value => JsonSerializer.Deserialize<T>(value, AnyNumber)!)];
    }

    /// <summary>What the first process finds: it alone is asked.</summary>
    public T Broadcast<T>(Func<T> find)
    {
        if (Size == 1)
            return find();
        if (IsFirst)
        {
            var found = find();
            var bytes = JsonSerializer.SerializeToUtf8Bytes(found, AnyNumber);
            Broadcast(BitConverter.GetBytes(bytes.Length));
            Broadcast(bytes);
            return found;
        }
        var length = new byte[sizeof(int)];
        Broadcast(length);
        var received = new byte[BitConverter.ToInt32(length)];
        Broadcast(received);
        return JsonSerializer.Deserialize<T>(received, AnyNumber)!;
    }

    /// <summary>Sends bytes to one process, which receives as many from this one.</summary>
    /// <param name="rank">The other process.</param>
    /// <param name="bytes">At least one.</param>
    public abstract void Send(int rank, ReadOnlySpan<byte> bytes);

    /// <summary>Waits for what one process sends.</summary>
    /// <param name="rank">The other process.</param>
    /// <param name="bytes">Takes what is sent: as many bytes.</param>
    public abstract void Receive(int rank, Span<byte> bytes);

    /// <summary>Whether one process has sent something that was not received yet. Returns at once.</summary>
    /// <param name="rank">The other process.</param>
    public abstract bool HasMessage(int rank);

    /// <summary>Waits for all processes.</summary>
    public abstract void Barrier();

    /// <summary>Ends all processes at once, this one included.</summary>
    /// <param name="exitCode">What the launcher then exits with.</param>
    public abstract void Abort(int exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>In how many pieces a tensor is added up.</summary>
    /// <param name="bytes">Of the tensor.</param>
    /// <param name="processes">W.</param>
    internal static long Pieces(long bytes, int processes)
    {
        var piece = processes * LargestPart(processes);
        return Math.Max(1, (bytes + piece - 1) / piece);
    }

    /// <summary>Leaves the others.</summary>
    protected virtual void Dispose(bool disposing)
    {
        received.Dispose();
        pinned.Dispose();
        copied.Dispose();
    }

    /// <summary>
    /// Sends the i-th part of what each process has to process i, which gets the parts in the order of the ranks.
    /// </summary>
    protected abstract void AllToAll(ReadOnlySpan<byte> send, Span<byte> receive);

    /// <summary>Sends what each process has to all, which get it in the order of the ranks.</summary>
    protected abstract void AllGather(ReadOnlySpan<byte> send, Span<byte> receive);

    /// <summary>Sends what the first process has to all.</summary>
    protected abstract void Broadcast(Span<byte> buffer);

    /// <summary>Bytes that each process sends to each other in one exchange, at most.</summary>
    private static long LargestPart(int processes) => Math.Max(1, Math.Min(LargestPiece, LargestReceived / processes));

    /// <summary>Sends the bytes of each process to all.</summary>
    /// <param name="own">Of this process.</param>
    /// <param name="all">Takes those of each process: as many.</param>
    private void AllGather(byte[] own, byte[][] all)
    {
        var longest = all.Max(bytes => bytes.Length);
        Array.Resize(ref own, longest);
        for (int done = 0, length; done < longest; done += length)
        {
            length = (int)Math.Min(LargestPart(Size), longest - done);
            var parts = new byte[Size * length];
            AllGather(own.AsSpan(done, length), parts);
            foreach (var (rank, bytes) in all.Index())
                if (bytes.Length > done)
                    parts.AsSpan(rank * length, Math.Min(length, bytes.Length - done)).CopyTo(bytes.AsSpan(done));
        }
    }

    private void AllReduceOnHost(Tensor flat)
    {
        var length = flat.numel();
        var largest = Math.Max(1, LargestPart(Size) / flat.element_size());
        var done = 0L;
        while (length - done >= Size)
        {
            var each = Math.Min((length - done) / Size, largest);
            using var part = flat.narrow(0, done, each * Size);
            SumDivided(part, each);
            done += each * Size;
        }
        if (done == length)
            return;
        using var rest = flat.narrow(0, done, length - done);
        using var all = empty([Size, length - done], flat.dtype);
        AllGather(rest.bytes, all.bytes);
        rest.copy_(AddInOrder(all));
    }

    private void SumDivided(Tensor part, long each)
    {
        using var all = received.Take(part.dtype, part.numel());
        AllToAll(part.bytes, all.bytes);
        AllGather(AddInOrder(all.view(Size, each)).bytes, part.bytes);
    }

    /// <summary>Adds all rows to the first one.</summary>
    /// <returns>The first row.</returns>
    private Tensor AddInOrder(Tensor rows)
    {
        var sum = rows[0];
        for (var rank = 1; rank < Size; rank++)
            sum.add_(rows[rank]);
        return sum;
    }
}
