using Trainer.Engine.Data;
using Trainer.Engine.Distributed;

namespace Trainer.Tests.Data;

public sealed class SamplerTests
{
    [Fact]
    public void An_epoch_visits_every_row_once()
    {
        using var epoch = new Sampler(103, 10, seed: 0).Epoch(0, 0, CPU);
        Assert.Equal(11, epoch.Steps);
        var steps = Enumerable.Range(0, 11).Select(step => Rows(epoch, step)).ToList();
        Assert.All(steps[..10], rows => Assert.Equal(10, rows.Length));
        Assert.Equal(3, steps[10].Length);
        Assert.Equal(Enumerable.Range(0, 103).Select(row => (long)row), steps.SelectMany(rows => rows).Order());
    }

    [Fact]
    public void The_order_is_a_function_of_seed_attempt_and_epoch()
    {
        var order = new Sampler(1000, 10, seed: 3).Order(1, 2);
        Assert.Equal(order, new Sampler(1000, 7, seed: 3).Order(1, 2));
        Assert.NotEqual(order, new Sampler(1000, 10, seed: 4).Order(1, 2));
        Assert.NotEqual(order, new Sampler(1000, 10, seed: 3).Order(0, 2));
        Assert.NotEqual(order, new Sampler(1000, 10, seed: 3).Order(1, 3));
        Assert.NotEqual(order, new Sampler(1000, 10, seed: 3).Order(2, 1));
    }

    [Fact]
    public void A_step_does_not_depend_on_the_steps_before_it()
    {
        var sampler = new Sampler(50, 8, seed: 0);
        using var whole = sampler.Epoch(0, 4, CPU);
        var before = Enumerable.Range(0, 7).Select(step => Rows(whole, step)).ToList();
        using var resumed = new Sampler(50, 8, seed: 0).Epoch(0, 4, CPU);
        Assert.Equal(before[5], Rows(resumed, 5));
        Assert.Equal(before[6], Rows(resumed, 6));
        Assert.Equal(sampler.Order(0, 4)[40..48], before[5]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Processes_share_each_batch_place_by_place(int size)
    {
        using var alone = new Sampler(26, 8, seed: 0).Epoch(0, 0, CPU);
        var shares = Enumerable.Range(0, size).Select(rank =>
        {
            using var epoch = new Sampler(26, 8, seed: 0, new RowShare(rank, size)).Epoch(0, 0, CPU);
            return Enumerable.Range(0, (int)epoch.Steps).Select(step => Rows(epoch, step)).ToList();
        }).ToList();
        for (var step = 0; step < 4; step++)
        {
            var rows = Rows(alone, step);
            Assert.Equal(step < 3 ? 8 : 2, rows.Length);
            for (var place = 0; place < rows.Length; place++)
                Assert.Equal(rows[place], shares[place % size][step][place / size]);
            Assert.Equal(rows.Length, shares.Sum(share => share[step].Length));
        }
    }

    [Fact]
    public void A_step_outside_the_epoch_is_refused()
    {
        using var epoch = new Sampler(10, 5, seed: 0).Epoch(0, 0, CPU);
        Assert.Throws<ArgumentOutOfRangeException>(() => epoch.Rows(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => epoch.Rows(-1));
    }

    [Theory]
    [InlineData(LastBatch.Keep, 23, 10, 3, 3)]
    [InlineData(LastBatch.Drop, 23, 10, 2, 10)]
    [InlineData(LastBatch.Merge, 23, 10, 2, 13)]
    [InlineData(LastBatch.Drop, 20, 10, 2, 10)] // nothing is left over
    [InlineData(LastBatch.Merge, 20, 10, 2, 10)]
    [InlineData(LastBatch.Drop, 7, 10, 1, 7)] // a single batch stays
    [InlineData(LastBatch.Merge, 7, 10, 1, 7)]
    [InlineData(LastBatch.Merge, 19, 10, 1, 19)]
    public void The_last_batch_is_kept_dropped_or_merged(
        LastBatch lastBatch, long count, int batchSize, long steps, long last)
    {
        var sampler = new Sampler(count, batchSize, seed: 0, lastBatch: lastBatch);
        using var epoch = sampler.Epoch(0, 3, CPU);
        Assert.Equal((steps, steps, last), (sampler.StepsPerEpoch, epoch.Steps, sampler.LastRows));
        var batches = Enumerable.Range(0, (int)steps).Select(step => Rows(epoch, step)).ToList();
        Assert.All(batches[..^1], rows => Assert.Equal(batchSize, rows.Length));
        Assert.Equal(last, batches[^1].Length);
        Assert.Equal(sampler.Order(0, 3)[..(int)((steps - 1) * batchSize + last)], batches.SelectMany(rows => rows));
    }

    [Theory]
    [InlineData(LastBatch.Drop)]
    [InlineData(LastBatch.Merge)]
    public void Processes_share_the_last_batch_as_the_others(LastBatch lastBatch)
    {
        using var alone = new Sampler(31, 8, seed: 0, lastBatch: lastBatch).Epoch(0, 0, CPU);
        using var first = new Sampler(31, 8, seed: 0, new RowShare(0, 2), lastBatch).Epoch(0, 0, CPU);
        using var second = new Sampler(31, 8, seed: 0, new RowShare(1, 2), lastBatch).Epoch(0, 0, CPU);
        Assert.Equal(3, alone.Steps);
        for (var step = 0; step < 3; step++)
        {
            var (rows, even, odd) = (Rows(alone, step), Rows(first, step), Rows(second, step));
            Assert.Equal(rows, Enumerable.Range(0, rows.Length).Select(row => (row % 2 == 0 ? even : odd)[row / 2]));
        }
    }

    private static long[] Rows(EpochOrder epoch, long step)
    {
        using var rows = epoch.Rows(step);
        return rows.data<long>().ToArray();
    }
}
