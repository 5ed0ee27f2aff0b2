using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation.Ledgers;

namespace Trainer.Engine.Evaluation;

/// <summary>
/// The blocks of one attack, in rounds in which each process computes one. The first process writes them into the
/// ledger in their order, so that it has the same bytes for any number of processes.
/// </summary>
internal sealed class SharedBlocks
{
    private readonly Collectives processes;
    private readonly Ledger? ledger;
    private readonly int count;
    private readonly Dictionary<int, Found> found = [];

    /// <param name="processes">Each of them makes one.</param>
    /// <param name="ledger">Of the first process; null elsewhere, and where none is kept.</param>
    /// <param name="phase">The attack's place.</param>
    /// <param name="count">The number of blocks.</param>
    public SharedBlocks(Collectives processes, Ledger? ledger, int phase, int count)
    {
        (this.processes, this.ledger, this.count) = (processes, ledger, count);
        var start = processes.FromFirst(() => new Start(
            [.. Enumerable.Range(0, count).Select(block => ledger?.Find(phase, block)).OfType<LedgerBlock>()],
            ledger is not null));
        foreach (var block in start.Blocks)
            found[block.Block] = new(block, 0, null, IsRecorded: true);
        (Recorded, KeepsImages) = (start.Blocks.Count, start.KeepsImages);
    }

    /// <summary>How many blocks were in the ledger.</summary>
    public int Recorded { get; }

    /// <summary>Whether the images of misclassified examples are kept.</summary>
    public bool KeepsImages { get; }

    /// <summary>Whether a block is recorded or computed.</summary>
    public bool Has(int block) => found.ContainsKey(block);

    /// <summary>Computes a block and, in the other processes, those after it.</summary>
    /// <param name="first">The first of them that is missing.</param>
    /// <param name="compute">Computes a block.</param>
    public void Compute(int first, Func<int, ComputedBlock> compute)
    {
        int[] round = [.. Enumerable.Range(first, count - first).Where(block => !Has(block)).Take(processes.Size)];
        var own = processes.Rank < round.Length ? compute(round[processes.Rank]) : null;
        if (processes.Size == 1)
        {
            found[first] = new(own!.Entry, own.NonFinite, own.Images, IsRecorded: false);
            return;
        }
        using var scope = NewDisposeScope();
        var all = processes.All(own is null ? null : new Result(own.Entry, own.NonFinite, own.Images.shape));
        var images = Images(own?.Images, [.. all.OfType<Result>().Select(result => result.Shape)]);
        foreach (var (rank, result) in all.OfType<Result>().Index())
            found[round[rank]] = new(result.Entry, result.NonFinite, images?[rank], IsRecorded: false);
        own?.Images.Dispose();
    }

    /// <summary>Takes the next block, and writes it into the ledger where it is new.</summary>
    /// <param name="block">In their order.</param>
    /// <param name="keep">Whether it may be kept.</param>
    /// <returns>The block, and how many of its images have no finite logits.</returns>
    public (LedgerBlock Entry, long NonFinite) Take(int block, bool keep)
    {
        var (entry, nonFinite, images, isRecorded) = found[block];
        if (!isRecorded && keep && nonFinite == 0 && images is not null)
            ledger?.Append(entry, images);
        images?.Dispose();
        return (entry, nonFinite);
    }

    /// <summary>Every process's images, in the first; null elsewhere, and where none are kept.</summary>
    private List<Tensor>? Images(Tensor? own, IReadOnlyList<long[]> shapes)
    {
        if (!KeepsImages)
            return null;
        var longest = shapes.Max(shape => shape.Aggregate(1L, (product, side) => product * side));
        using var scope = NewDisposeScope();
        var padded = zeros(longest, ScalarType.Float32);
        if (own is not null)
            padded.narrow(0, 0, own.numel()).copy_(own.reshape(-1));
        var gathered = processes.ToFirst(padded);
        return !processes.IsFirst ? null : [.. shapes.Zip(gathered, (shape, flat) =>
            flat.narrow(0, 0, shape.Aggregate(1L, (product, side) => product * side)).view(shape).clone()
                .DetachFromDisposeScope())];
    }

    private sealed record Start(IReadOnlyList<LedgerBlock> Blocks, bool KeepsImages);

    private sealed record Result(LedgerBlock Entry, long NonFinite, long[] Shape);

    private sealed record Found(LedgerBlock Entry, long NonFinite, Tensor? Images, bool IsRecorded);
}

/// <summary>What a process found in a block.</summary>
/// <param name="Entry">The block's line of the ledger.</param>
/// <param name="NonFinite">Images at which logits, or the attack's images, are not finite.</param>
/// <param name="Images">
/// Float32 [M, C, H, W] on the CPU: those of the misclassified examples, where they are kept.
/// </param>
internal sealed record ComputedBlock(LedgerBlock Entry, long NonFinite, Tensor Images);
