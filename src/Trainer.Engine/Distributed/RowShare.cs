namespace Trainer.Engine.Distributed;

/// <summary>
/// Which rows of each batch a process takes: every W-th one from its rank on. So a place of the batch belongs to the
/// same process in every batch, whatever its length, and the clean and the attacked rows of a mixed batch are divided
/// as evenly as all of them.
/// </summary>
/// <param name="Rank">The process's rank.</param>
/// <param name="Size">The number of processes W.</param>
public readonly record struct RowShare(int Rank, int Size)
{
    /// <summary>All rows: one process.</summary>
    public static RowShare All { get; } = new(0, 1);

    /// <summary>How many of a batch's first rows the process takes.</summary>
    /// <param name="rows">How many rows are divided.</param>
    public long Of(long rows) => (rows - Rank + Size - 1) / Size;

    /// <summary>The process's rows of a tensor: a view.</summary>
    /// <param name="batch">[N, …], a row for each place of the batch.</param>
    public Tensor View(Tensor batch) => Size == 1 ? batch : batch.slice(0, Rank, batch.shape[0], Size);
}
