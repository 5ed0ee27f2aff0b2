namespace Trainer.Engine.Distributed;

/// <summary>
/// Which rows of each batch a process takes: rank, rank + W, rank + 2 W, and so on. A place in the batch belongs to the
/// same process in every batch, also in a shorter one, and the clean and the attacked rows of a mixed batch are each
/// divided evenly.
/// </summary>
/// <param name="Rank">The process's rank.</param>
/// <param name="Size">The number of processes W.</param>
public readonly record struct RowShare(int Rank, int Size)
{
    /// <summary>The share of an only process: all rows.</summary>
    public static RowShare All { get; } = new(0, 1);

    /// <summary>How many of the first rows of a batch the process takes.</summary>
    /// <param name="rows">How many those are: all, or the clean ones, which come first.</param>
    public long Of(long rows) => (rows - Rank + Size - 1) / Size;

    /// <summary>The process's rows of a tensor: a view.</summary>
    /// <param name="batch">[N, …], a row for each place of the batch.</param>
    public Tensor View(Tensor batch) => Size == 1 ? batch : batch.slice(0, Rank, batch.shape[0], Size);
}
