namespace Trainer.Robustness.Random;

/// <summary>
/// Draws random tensors as a function of a <see cref="RandomKey"/> alone, never from torch's global generators.
/// Values are drawn on the CPU, whose generators agree on every machine, and then moved to the device.
/// </summary>
public abstract class RandomSource
{
    /// <summary>One stream for a whole batch: for training.</summary>
    public static RandomSource ForBatch(RandomKey key) => new BatchRandom(key);

    /// <summary>
    /// One stream for each example, keyed by its index in the data set: for evaluation, where the noise of an example
    /// must not depend on the batch that it comes in. An attack that is run with it again draws the same noise: give
    /// each run <see cref="With"/> a number of its own.
    /// </summary>
    /// <param name="key">What the numbers are a function of besides the example.</param>
    /// <param name="indices">The data-set index of each row.</param>
    public static RandomSource ForExamples(RandomKey key, IReadOnlyList<long> indices) =>
        new ExampleRandom(key, indices);

    /// <summary>How many examples it was made for; null for a batch of any size.</summary>
    internal virtual long? Examples => null;

    /// <summary>
    /// Uniform in [0, 1); float32, then in the dtype and on the device of <paramref name="like"/>, with its shape [N,
    /// …].
    /// </summary>
    public Tensor Uniform(Tensor like) =>
        Draw(like, static (shape, generator) => rand(shape, ScalarType.Float32, generator: generator));

    /// <summary>
    /// Standard normal; float32, then in the dtype and on the device of <paramref name="like"/>, with its shape [N, …].
    /// </summary>
    public Tensor Normal(Tensor like) =>
        Draw(like, static (shape, generator) => randn(shape, ScalarType.Float32, generator: generator));

    /// <summary>
    /// A number, uniform in [0, 1), the same for every part of a batch. Each call returns the same number.
    /// </summary>
    internal abstract double Number();

    /// <summary>A source of its own for one more field: a restart, a target, an iteration.</summary>
    public abstract RandomSource With(long field);

    /// <summary>
    /// The source as an attack begins with it: each example draws what it would draw if nothing had been drawn before.
    /// </summary>
    internal virtual RandomSource FromStart() => this;

    /// <summary>The source for some of the rows.</summary>
    /// <param name="rows">Positions in the present batch, in the order of the new one.</param>
    public abstract RandomSource Select(IReadOnlyList<long> rows);

    /// <summary>
    /// The source for consecutive rows, which then draw what they would have drawn in the whole batch: parts of a batch
    /// can be worked on at the same time.
    /// </summary>
    /// <param name="first">The first row's position in the present batch.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="total">The number of rows of the present batch.</param>
    public abstract RandomSource Part(long first, long count, long total);

    /// <summary>
    /// The source for rows at equal distances, which then draw what they would have drawn in the whole batch: several
    /// processes can share a batch.
    /// </summary>
    /// <param name="first">The first row's position in the present batch.</param>
    /// <param name="step">The distance from a row to the next.</param>
    /// <param name="total">The number of rows of the present batch.</param>
    public abstract RandomSource Every(long first, long step, long total);

    private protected static double Number(RandomKey key)
    {
        using var generator = new Generator((ulong)key.With("number").Seed);
        using var value = rand(1, ScalarType.Float64, generator: generator);
        return value.item<double>();
    }

    /// <summary>A draw for a batch of the given shape.</summary>
    private protected abstract Tensor Draw(long[] shape, Func<long[], Generator, Tensor> draw);

    private Tensor Draw(Tensor like, Func<long[], Generator, Tensor> draw)
    {
        using var values = Draw(like.shape, draw);
        return values.to(like.dtype, like.device, copy: true);
    }
}
