namespace Trainer.Engine.Distributed;

/// <summary>The only process of a run: it exchanges nothing.</summary>
public sealed class OneProcess : Collectives
{
    private OneProcess()
    {
    }

    /// <summary>The only instance.</summary>
    public static OneProcess Instance { get; } = new();

    /// <inheritdoc/>
    public override int Rank => 0;

    /// <inheritdoc/>
    public override int Size => 1;

    /// <inheritdoc/>
    public override void Send(int rank, ReadOnlySpan<byte> bytes) => throw Alone();

    /// <inheritdoc/>
    public override void Receive(int rank, Span<byte> bytes) => throw Alone();

    /// <inheritdoc/>
    public override bool HasMessage(int rank) => false;

    /// <inheritdoc/>
    public override void Barrier()
    {
    }

    /// <inheritdoc/>
    public override void Abort(int exitCode)
    {
    }

    /// <inheritdoc/>
    protected override void AllToAll(ReadOnlySpan<byte> send, Span<byte> receive) => send.CopyTo(receive);

    /// <inheritdoc/>
    protected override void AllGather(ReadOnlySpan<byte> send, Span<byte> receive) => send.CopyTo(receive);

    /// <inheritdoc/>
    protected override void Broadcast(Span<byte> buffer)
    {
    }

    private static InvalidOperationException Alone() => new("There is no other process.");
}
