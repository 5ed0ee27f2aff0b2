using Trainer.Robustness.Random;

namespace Trainer.Tests.Random;

public sealed class RandomSourceTests
{
    private static readonly RandomKey Key = RandomKey.Of(7);

    [Fact]
    public void An_example_draws_the_same_numbers_in_every_batch()
    {
        using var scope = NewDisposeScope();
        var together = RandomSource.ForExamples(Key, [5, 9, 2]).With(1).Uniform(zeros(3, 1, 2, 2));
        var alone = RandomSource.ForExamples(Key, [9]).With(1).Uniform(zeros(1, 1, 2, 2));
        TensorAssert.Same(together[1], alone[0]);
        TensorAssert.Different(together[0], alone[0]);
    }

    [Fact]
    public void Selecting_rows_keeps_each_examples_numbers()
    {
        using var scope = NewDisposeScope();
        var source = RandomSource.ForExamples(Key, [5, 9, 2]);
        var all = source.Normal(zeros(3, 4));
        var some = RandomSource.ForExamples(Key, [5, 9, 2]).Select([2, 0]).Normal(zeros(2, 4));
        TensorAssert.Same(all[2], some[0]);
        TensorAssert.Same(all[0], some[1]);
    }

    [Fact]
    public void Successive_draws_differ()
    {
        using var scope = NewDisposeScope();
        foreach (var source in (RandomSource[])[RandomSource.ForBatch(Key), RandomSource.ForExamples(Key, [0, 1])])
            TensorAssert.Different(source.Uniform(zeros(2, 3)), source.Uniform(zeros(2, 3)));
    }

    [Fact]
    public void Drawing_leaves_the_global_generator_alone()
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(Key);
        var expected = rand(3);
        GlobalGenerators.Seed(Key);
        RandomSource.ForBatch(Key).Uniform(zeros(2, 3));
        RandomSource.ForExamples(Key, [0, 1]).Normal(zeros(2, 3));
        TensorAssert.Same(expected, rand(3));
    }

    [Fact]
    public void Uniform_numbers_are_uniform_and_normal_ones_normal()
    {
        using var scope = NewDisposeScope();
        var uniform = RandomSource.ForBatch(Key).Uniform(zeros(100_000));
        Assert.InRange(uniform.min().item<float>(), 0, 1e-3);
        Assert.InRange(uniform.max().item<float>(), 0.999, 1);
        Assert.InRange(uniform.mean().item<float>(), 0.495, 0.505);
        var normal = RandomSource.ForBatch(Key).Normal(zeros(100_000));
        Assert.InRange(normal.mean().item<float>(), -0.02, 0.02);
        Assert.InRange(normal.std().item<float>(), 0.98, 1.02);
    }
}
