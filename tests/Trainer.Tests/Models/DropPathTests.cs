using Trainer.Robustness.Models;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Models;

public sealed class DropPathTests
{
    private static readonly RandomKey Key = RandomKey.Of(4);

    [Fact]
    public void A_row_is_zero_or_divided_by_the_probability_that_it_is_not()
    {
        using var scope = NewDisposeScope();
        using var layer = new DropPath(0.25);
        layer.DrawFrom(RandomSource.ForBatch(Key), 4000);
        var input = full([4000, 2, 3], 0.75, ScalarType.Float64);
        var kept = layer.call(input);
        var first = kept.select(1, 0).select(1, 0);
        TensorAssert.Same(first.reshape(-1, 1, 1).expand(4000, 2, 3), kept);
        Assert.All(first.data<double>(), value => Assert.True(value is 0 or 1));
        // Of 4,000 rows 3,000 on average, with a deviation of 27.
        Assert.InRange(first.sum().item<double>(), 2860, 3140);
    }

    [Fact]
    public void Evaluation_drops_nothing()
    {
        using var scope = NewDisposeScope();
        using var layer = new DropPath(0.9);
        layer.eval();
        var input = rand(5, 2);
        TensorAssert.Same(input, layer.call(input));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void A_rate_of_0_or_1_drops_nothing_or_everything(double rate, double factor)
    {
        using var scope = NewDisposeScope();
        using var layer = new DropPath(rate);
        var input = rand(5, 2);
        TensorAssert.Same(input * factor, layer.call(input));
    }

    [Fact]
    public void A_row_is_dropped_by_its_place_in_the_batch_whatever_process_has_it()
    {
        using var scope = NewDisposeScope();
        var whole = Passes(RandomSource.ForBatch(Key).Every(0, 1, 11), ones(11, 1), 2);
        for (var rank = 0; rank < 3; rank++)
        {
            var own = Passes(RandomSource.ForBatch(Key).Every(rank, 3, 11), ones(rank == 2 ? 3 : 4, 1), 2);
            foreach (var (expected, found) in whole.Zip(own))
                TensorAssert.Same(expected.slice(0, rank, 11, 3), found);
        }
        // One pass after the other draws other numbers.
        TensorAssert.Different(whole[0], whole[1]);
    }

    [Fact]
    public void More_rows_than_a_batch_has_are_drawn_a_batch_at_a_time()
    {
        using var scope = NewDisposeScope();
        var twice = Passes(RandomSource.ForBatch(Key).Every(0, 1, 6), ones(15, 1), 1, rows: 6)[0];
        var passes = Passes(RandomSource.ForBatch(Key).Every(0, 1, 6), ones(6, 1), 3);
        TensorAssert.Same(cat([passes[0], passes[1], passes[2].narrow(0, 0, 3)], 0), twice);
    }

    [Fact]
    public void Without_a_source_the_global_generator_decides()
    {
        using var scope = NewDisposeScope();
        using var layer = new DropPath(0.5);
        Tensor Pass(long seed)
        {
            GlobalGenerators.Seed(RandomKey.Of(seed));
            return layer.call(ones(64, 1));
        }

        TensorAssert.Same(Pass(1), Pass(1));
        TensorAssert.Different(Pass(1), Pass(2));
    }

    private static List<Tensor> Passes(RandomSource random, Tensor input, int count, long? rows = null)
    {
        using var layer = new DropPath(0.5);
        layer.DrawFrom(random, rows ?? input.shape[0]);
        return [.. Enumerable.Range(0, count).Select(_ => layer.call(input))];
    }
}
