namespace Trainer.Robustness.Random;

/// <summary>One stream for each example.</summary>
internal sealed class ExampleRandom(RandomKey key, IReadOnlyList<long> indices) : RandomSource
{
    private long draws;

    internal override long? Examples => indices.Count;

    internal override double Number() => Number(key);

    public override RandomSource With(long field) => new ExampleRandom(key.With(field), indices);

    internal override RandomSource FromStart() => new ExampleRandom(key, indices);

    public override RandomSource Select(IReadOnlyList<long> rows) =>
        new ExampleRandom(key, [.. rows.Select(row => indices[(int)row])]) { draws = draws };

    public override RandomSource Part(long first, long count, long total) =>
        new ExampleRandom(key, [.. indices.Skip((int)first).Take((int)count)]) { draws = draws };

    public override RandomSource Every(long first, long step, long total) =>
        new ExampleRandom(key, [.. indices.Where((_, row) => row >= first && (row - first) % step == 0)])
        { draws = draws };

    private protected override Tensor Draw(long[] shape, Func<long[], Generator, Tensor> draw)
    {
        if (shape[0] != indices.Count)
            throw new ArgumentException(
                $"Found a batch of {shape[0]} rows, expected the {indices.Count} examples that this random source was "
                + "made for.");
        if (indices.Count == 0)
            return zeros(shape);
        var purpose = key.With("draw").With(draws++);
        long[] row = [1, .. shape[1..]];
        using var scope = NewDisposeScope();
        using var generator = new Generator();
        var rows = indices.Select(index => draw(row, generator.manual_seed(purpose.With(index).Seed)));
        return cat([.. rows], 0).MoveToOuterDisposeScope();
    }
}
