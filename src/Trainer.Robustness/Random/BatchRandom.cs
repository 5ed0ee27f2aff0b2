namespace Trainer.Robustness.Random;

/// <summary>One stream for a whole batch.</summary>
/// <param name="key">What the numbers are a function of.</param>
/// <param name="offset">The position of the first row in the batch.</param>
/// <param name="rows">The rows of the batch; null where the rows drawn for are all of it.</param>
/// <param name="stride">The distance from a row to the next.</param>
internal sealed class BatchRandom(RandomKey key, long offset = 0, long? rows = null, long stride = 1) : RandomSource
{
    private long draws;

    internal override double Number() => Number(key);

    public override RandomSource With(long field) => new BatchRandom(key.With(field), offset, rows, stride);

    /// <summary>A batch has no rows of its own to select: the smaller batch has a stream for its size.</summary>
    public override RandomSource Select(IReadOnlyList<long> rows) =>
        new BatchRandom(key.With("rows").With(offset).With(rows.Count));

    public override RandomSource Part(long first, long count, long total) => Every(first, 1, total);

    public override RandomSource Every(long first, long step, long total) =>
        new BatchRandom(key, offset + (first * stride), rows ?? total, stride * step) { draws = draws };

    private protected override Tensor Draw(long[] shape, Func<long[], Generator, Tensor> draw)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)key.With("draw").With(draws++).Seed);
        var whole = draw([rows ?? shape[0], .. shape[1..]], generator);
        var own = stride == 1 ? whole.narrow(0, offset, shape[0])
            : whole.slice(0, offset, Math.Min(offset + (shape[0] * stride), whole.shape[0]), stride);
        return own.MoveToOuterDisposeScope();
    }
}
