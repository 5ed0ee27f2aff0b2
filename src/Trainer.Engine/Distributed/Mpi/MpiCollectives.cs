using System.Runtime.InteropServices;

namespace Trainer.Engine.Distributed.Mpi;

/// <summary>Processes that MPI connects.</summary>
internal sealed class MpiCollectives : Collectives
{
    // All messages have it: they are told apart by their order.
    private const int Tag = 1;

    private readonly MpiLibrary mpi;
    private bool ended;

    /// <summary>Begins MPI, which can be done once in a process.</summary>
    /// <param name="mpi">The library.</param>
    public MpiCollectives(MpiLibrary mpi)
    {
        this.mpi = mpi;
        (Rank, Size) = mpi.Begin();
    }

    public override int Rank { get; }

    public override int Size { get; }

    public override void Send(int rank, ReadOnlySpan<byte> bytes) => mpi.Check(mpi.Send(
        ref MemoryMarshal.GetReference(bytes), bytes.Length, mpi.Byte, rank, Tag, mpi.World), "MPI_Send");

    public override void Receive(int rank, Span<byte> bytes) => mpi.Check(mpi.Receive(
        ref MemoryMarshal.GetReference(bytes), bytes.Length, mpi.Byte, rank, Tag, mpi.World, mpi.StatusIgnore),
        "MPI_Recv");

    public override bool HasMessage(int rank)
    {
        mpi.Check(mpi.Probe(rank, Tag, mpi.World, out var found, mpi.StatusIgnore), "MPI_Iprobe");
        return found != 0;
    }

    public override void Barrier() => mpi.Check(mpi.Barrier(mpi.World), "MPI_Barrier");

    public override void Abort(int exitCode) => mpi.Abort(mpi.World, exitCode);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (ended)
            return;
        ended = true;
        mpi.Check(mpi.Finalise(), "MPI_Finalize");
    }

    protected override void AllToAll(ReadOnlySpan<byte> send, Span<byte> receive) => mpi.Check(mpi.AllToAll(
        ref MemoryMarshal.GetReference(send), send.Length / Size, mpi.Byte, ref MemoryMarshal.GetReference(receive),
        send.Length / Size, mpi.Byte, mpi.World), "MPI_Alltoall");

    protected override void AllGather(ReadOnlySpan<byte> send, Span<byte> receive) => mpi.Check(mpi.AllGather(
        ref MemoryMarshal.GetReference(send), send.Length, mpi.Byte, ref MemoryMarshal.GetReference(receive),
        send.Length, mpi.Byte, mpi.World), "MPI_Allgather");

    protected override void Broadcast(Span<byte> buffer) => mpi.Check(mpi.Broadcast(
        ref MemoryMarshal.GetReference(buffer), buffer.Length, mpi.Byte, root: 0, mpi.World), "MPI_Bcast");
}
