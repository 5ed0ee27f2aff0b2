namespace Trainer.Robustness.Random;

/// <summary>One stream for a whole batch.</summary>
internal sealed class BatchRandom(RandomKey key) : RandomSource
{
    private long draws;

    public override RandomSource With(long field) => new BatchRandom(key.With(field));

    /// <summary>A batch has no rows of its own to select: the smaller batch has a stream for its size.</summary>
    public override RandomSource Select(IReadOnlyList<long> rows) => new BatchRandom(key.With("rows").With(rows.Count));

    private protected override Tensor Draw(long[] shape, Func<long[], Generator, Tensor> draw)
    {
        using var generator = new Generator((ulong)key.With("draw").With(draws++).Seed);
        return draw(shape, generator);
    }
}
