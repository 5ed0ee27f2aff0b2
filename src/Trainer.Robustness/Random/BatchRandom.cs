namespace Trainer.Robustness.Random;

/// <summary>One stream for a whole batch.</summary>
/// <param name="key">What the numbers are a function of.</param>
/// <param name="offset">The position of the first row in the batch.</param>
/// <param name="rows">The rows of the batch; null where the rows drawn for are all of it.</param>
internal sealed class BatchRandom(RandomKey key, long offset = 0, long? rows = null) : RandomSource
{
    private long draws;

    public override RandomSource With(long field) => new BatchRandom(key.With(field), offset, rows);

    /// <summary>A batch has no rows of its own to select: the smaller batch has a stream for its size.</summary>
    public override RandomSource Select(IReadOnlyList<long> rows) =>
        new BatchRandom(key.With("rows").With(offset).With(rows.Count));

    public override RandomSource Part(long first, long count, long total) =>
        new BatchRandom(key, offset + first, rows ?? total) { draws = draws };

    private protected override Tensor Draw(long[] shape, Func<long[], Generator, Tensor> draw)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)key.With("draw").With(draws++).Seed);
        var whole = draw([rows ?? shape[0], .. shape[1..]], generator);
        return whole.narrow(0, offset, shape[0]).MoveToOuterDisposeScope();
    }
}
