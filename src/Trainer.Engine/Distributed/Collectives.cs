using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trainer.Engine.Distributed;

/// <summary>
/// What the processes of one run do together. Every process calls the same operations in the same order, from one
/// thread at a time.
/// </summary>
public abstract class Collectives : IDisposable
{
    /// <summary>Values between processes, which may be NaN or infinite.</summary>
    internal static readonly JsonSerializerOptions AnyNumber = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    // Bytes that a process adds up in one exchange, and all that it receives for that: a span has at most 2 GiB.
    private const long LargestPiece = 16 << 20;
    private const long LargestReceived = 256 << 20;

    // Kept between sums: with new memory each time, a sum took several times as long.
    private readonly Dictionary<ScalarType, Tensor> received = [];

    /// <summary>The number of this process, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public abstract int Size { get; }

    /// <summary>Whether this process alone writes, logs and shows progress.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Adds a tensor up over all processes, in place.</summary>
    /// <remarks>
    /// Each element is added in one process, in the order of the ranks, and then copied to the others: all have the
    /// same bits, whatever algorithms the library has. MPI's own all-reduce promises neither. It moves 2 (W − 1) / W
    /// times the bytes, as a ring does.
    /// </remarks>
    /// <param name="flat">[L], contiguous, of the same length and dtype everywhere.</param>
    public void Sum(Tensor flat)
    {
        if (Size == 1)
            return;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (flat.device.type == TorchSharp.DeviceType.CPU)
        {
            SumOnHost(flat);
            return;
        }
        var host = flat.cpu();
        SumOnHost(host);
        flat.copy_(host);
    }

    /// <summary>A value of each process.</summary>
    /// <param name="own">Of this one.</param>
    public IReadOnlyList<T> All<T>(T own)
    {
        if (Size == 1)
            return [own];
        var bytes = JsonSerializer.SerializeToUtf8Bytes(own, AnyNumber);
        var lengths = new byte[Size * sizeof(int)];
        AllGather(BitConverter.GetBytes(bytes.Length), lengths);
        var longest = Enumerable.Range(0, Size).Max(Length);
        Array.Resize(ref bytes, longest);
        var gathered = new byte[Size * longest];
        AllGather(bytes, gathered);
        return [.. Enumerable.Range(0, Size).Select(
            rank => JsonSerializer.Deserialize<T>(gathered.AsSpan(rank * longest, Length(rank)), AnyNumber)!)];

        int Length(int rank) => BitConverter.ToInt32(lengths, rank * sizeof(int));
    }

    /// <summary>What the first process finds: it alone is asked.</summary>
    public T FromFirst<T>(Func<T> find)
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
    /// <param name="bytes">As many as it sends.</param>
    public abstract void Receive(int rank, Span<byte> bytes);

    /// <summary>Whether one process has sent what was not received yet. Returns at once.</summary>
    /// <param name="rank">The other process.</param>
    public abstract bool HasMessage(int rank);

    /// <summary>Waits for all processes.</summary>
    public abstract void Barrier();

    /// <summary>Ends all processes at once, this one included.</summary>
    /// <param name="exitCode">Of the launcher.</param>
    public abstract void Abort(int exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Leaves the others.</summary>
    protected virtual void Dispose(bool disposing)
    {
        foreach (var kept in received.Values)
            kept.Dispose();
        received.Clear();
    }

    /// <summary>
    /// Sends the i-th part of what each process has to process i, which has them in the order of ranks.
    /// </summary>
    protected abstract void AllToAll(ReadOnlySpan<byte> send, Span<byte> receive);

    /// <summary>Sends what each process has to all, in the order of ranks.</summary>
    protected abstract void AllGather(ReadOnlySpan<byte> send, Span<byte> receive);

    /// <summary>Sends what the first process has to all.</summary>
    protected abstract void Broadcast(Span<byte> buffer);

    private void SumOnHost(Tensor flat)
    {
        var length = flat.numel();
        var largest = Math.Max(1, Math.Min(LargestPiece, LargestReceived / Size) / flat.element_size());
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
        if (!received.TryGetValue(part.dtype, out var kept) || kept.numel() < part.numel())
        {
            kept?.Dispose();
            received[part.dtype] = kept = empty([part.numel()], part.dtype).DetachFromDisposeScope();
        }
        var all = kept.narrow(0, 0, part.numel());
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
