using Trainer.Engine.Devices;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Training;

public sealed class BatchWorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Parts_come_back_in_the_order_of_the_rows(int threads)
    {
        using var scope = NewDisposeScope();
        using var parts = new BatchWorkers(CPU, threads);
        var rows = arange(50, ScalarType.Float32);
        TensorAssert.Same(rows * 2, parts.Map(50, (first, count) => rows.narrow(0, first, count) * 2)!);
    }

    [Fact]
    public void Each_part_has_a_thread_of_its_own_with_single_threaded_operators()
    {
        using var parts = new BatchWorkers(CPU, 2);
        var before = get_num_threads();
        var seen = new System.Collections.Concurrent.ConcurrentBag<(int Thread, int Threads)>();
        using var result = parts.Map(16, (_, count) =>
        {
            seen.Add((Environment.CurrentManagedThreadId, get_num_threads()));
            return zeros(count);
        });
        Assert.Equal(2, seen.Select(part => part.Thread).Distinct().Count());
        Assert.DoesNotContain(seen, part => part.Thread == Environment.CurrentManagedThreadId);
        Assert.All(seen, part => Assert.Equal(1, part.Threads));
        Assert.Equal(before, get_num_threads());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Parts_have_gradients_where_the_caller_has(bool hasGradients)
    {
        using var parts = new BatchWorkers(CPU, 2);
        using var mode = set_grad_enabled(hasGradients);
        var seen = new System.Collections.Concurrent.ConcurrentBag<bool>();
        using var result = parts.Map(16, (_, count) =>
        {
            seen.Add(is_grad_enabled());
            return zeros(count);
        });
        Assert.Equal([hasGradients, hasGradients], seen);
    }

    [Fact]
    public void Small_batches_stay_whole_on_the_callers_thread()
    {
        using var parts = new BatchWorkers(CPU, 4);
        var caller = 0;
        using var result = parts.Map(15, (_, count) =>
        {
            caller = Environment.CurrentManagedThreadId;
            return zeros(count);
        });
        Assert.Equal(Environment.CurrentManagedThreadId, caller);
    }

    [Fact]
    public void A_part_that_fails_fails_the_whole_and_the_next_batch_works()
    {
        using var parts = new BatchWorkers(CPU, 2);
        var exception = Assert.Throws<InvalidOperationException>(
            () => parts.Map(
            16, (first, count) => first > 0 ? throw new InvalidOperationException("second part") : zeros(count)));
        Assert.Equal("second part", exception.Message);
        using var result = parts.Map(16, (_, count) => ones(count));
        Assert.Equal(16, result!.sum().item<float>());
    }

    [Fact]
    public void No_result_of_the_parts_is_no_result_of_the_whole()
    {
        using var parts = new BatchWorkers(CPU, 2);
        Assert.Null(parts.Map(16, (_, _) => null));
    }

    [Fact]
    public void Rows_draw_the_same_numbers_in_parts_as_in_the_whole()
    {
        using var scope = NewDisposeScope();
        foreach (var make in (Func<RandomSource>[])[() => RandomSource.ForBatch(RandomKey.Of(1)), () =>
            RandomSource.ForExamples(RandomKey.Of(1), [4, 2, 9, 7, 5])])
        {
            var whole = make().With(3).Normal(zeros(5, 2));
            TensorAssert.Same(whole.narrow(0, 0, 2), make().Part(0, 2, 5).With(3).Normal(zeros(2, 2)));
            TensorAssert.Same(whole.narrow(0, 2, 3), make().Part(2, 3, 5).With(3).Normal(zeros(3, 2)));
        }
    }
}
