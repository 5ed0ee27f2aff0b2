using System.Text.Json;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation.Ledgers;

namespace Trainer.Engine.Evaluation;

/// <summary>
/// The blocks of one attack, each computed by the process that is free. The first process writes them into the ledger
/// in their order, so that it has the same bytes for any number of processes.
/// </summary>
internal sealed class SharedBlocks
{
    private readonly Collectives processes;
    private readonly Ledger? ledger;
    private readonly Dictionary<int, FoundBlock> found;
    private readonly int[] missing;

    /// <param name="processes">Each of them makes one.</param>
    /// <param name="ledger">Of the first process; null elsewhere, and where none is kept.</param>
    /// <param name="phase">The attack's place.</param>
    /// <param name="count">The number of blocks.</param>
    public SharedBlocks(Collectives processes, Ledger? ledger, int phase, int count)
    {
        (this.processes, this.ledger) = (processes, ledger);
        var start = processes.Broadcast(() => new Start(
            [.. Enumerable.Range(0, count).Select(block => ledger?.Find(phase, block)).OfType<LedgerBlock>()],
            ledger?.KeepsImages == true));
        found = start.Blocks.ToDictionary(block => block.Block, block => new FoundBlock(block, 0));
        missing = [.. Enumerable.Range(0, count).Where(block => !found.ContainsKey(block))];
        (Recorded, KeepsImages) = (start.Blocks.Count, start.KeepsImages);
    }

    /// <summary>How many blocks were in the ledger.</summary>
    public int Recorded { get; }

    /// <summary>Whether the images of misclassified examples are kept.</summary>
    public bool KeepsImages { get; }

    /// <summary>Whether the first block with images that are not finite is the last one.</summary>
    public bool EndsAtNonFinite { get; init; }

    /// <summary>Computes the blocks that are not recorded.</summary>
    /// <param name="compute">Computes a block.</param>
    /// <param name="stopRequested">
    /// Asked before each block; what one process answers stops all. Null never stops.
    /// </param>
    /// <param name="progress">Called in the first process with the number of blocks, recorded ones included.</param>
    /// <returns>
    /// The blocks in their order, in every process; null where a stop was requested. None follows one with images that
    /// are not finite where that is the last.
    /// </returns>
    public IReadOnlyList<FoundBlock>? Run(
        Func<int, ComputedBlock> compute, Func<bool>? stopRequested, Action<int> progress)
    {
        for (var block = 1; block <= Recorded; block++)
            progress(block);
        var tasks = new SharedTasks<ComputedBlock>(processes)
        {
            Compute = task => compute(missing[task]),
            StopRequested = stopRequested,
            IsLast = block => EndsAtNonFinite && block.NonFinite > 0,
            Write = Write,
            Read = Read,
        };
        var (taken, isFinite) = (new List<FoundBlock>(), true);
        var isDone = tasks.Run(missing.Length, (_, block) =>
        {
            isFinite &= block.NonFinite == 0;
            if (isFinite)
                ledger?.Append(block.Entry, block.Images);
            block.Images.Dispose();
            taken.Add(new(block.Entry, block.NonFinite));
            progress(Recorded + taken.Count);
        });
        foreach (var block in processes.Broadcast(() => taken))
            found[block.Entry.Block] = block;
        if (!isDone)
            return null;
        var all = found.OrderBy(block => block.Key).Select(block => block.Value).ToList();
        var last = EndsAtNonFinite ? all.FindIndex(block => block.NonFinite > 0) : -1;
        return last < 0 ? all : all[..(last + 1)];
    }

    private static byte[] Write(ComputedBlock block)
    {
        using var images = block.Images;
        var head = JsonSerializer.SerializeToUtf8Bytes(new Head(block.Entry, block.NonFinite, images.shape));
        return [.. BitConverter.GetBytes(head.Length), .. head, .. images.numel() == 0 ? [] : images.bytes];
    }

    private static ComputedBlock Read(byte[] bytes)
    {
        var length = BitConverter.ToInt32(bytes);
        var head = JsonSerializer.Deserialize<Head>(bytes.AsSpan(sizeof(int), length))!;
        var images = empty(head.Shape, ScalarType.Float32);
        if (images.numel() > 0)
            bytes.AsSpan(sizeof(int) + length).CopyTo(images.bytes);
        return new(head.Entry, head.NonFinite, images);
    }

    private sealed record Start(IReadOnlyList<LedgerBlock> Blocks, bool KeepsImages);

    private sealed record Head(LedgerBlock Entry, long NonFinite, long[] Shape);
}

/// <summary>What was found in a block.</summary>
/// <param name="Entry">The block's line of the ledger.</param>
/// <param name="NonFinite">Images at which logits, or the attack's images, are not finite.</param>
internal sealed record FoundBlock(LedgerBlock Entry, long NonFinite);

/// <summary>What a process found in a block.</summary>
/// <param name="Entry">The block's line of the ledger.</param>
/// <param name="NonFinite">Images at which logits, or the attack's images, are not finite.</param>
/// <param name="Images">
/// Float32 [M, C, H, W] on the CPU: those of the misclassified examples, where they are kept.
/// </param>
internal sealed record ComputedBlock(LedgerBlock Entry, long NonFinite, Tensor Images);
