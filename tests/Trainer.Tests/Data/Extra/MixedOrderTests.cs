using Trainer.Engine.Data;
using Trainer.Engine.Distributed;

namespace Trainer.Tests.Data.Extra;

public sealed class MixedOrderTests
{
    private const int Extras = 1000;

    [Fact]
    public void Extras_fill_the_fraction_of_each_batch_rounded_down()
    {
        // 0.7 of 16 rows: 11 extras and 5 originals.
        var order = Order(new Sampler(100, 16, seed: 0));
        foreach (var rows in Enumerable.Range(0, 7).Select(step => order.Rows(step)))
        {
            Assert.Equal((5, 11), (rows.Originals.Length, rows.Extras.Length));
            Assert.Equal(Enumerable.Range(0, 16).Select(place => (long)place), rows.Places.Order());
            Assert.All(rows.Extras, row => Assert.InRange(row, 0, Extras - 1));
        }
    }

    [Fact]
    public void Originals_are_the_beginning_of_the_epochs_order_and_come_once()
    {
        var sampler = new Sampler(100, 16, seed: 3);
        var order = Order(sampler, attempt: 1, epoch: 2);
        var seen = Enumerable.Range(0, (int)sampler.StepsPerEpoch).SelectMany(step => order.Rows(step).Originals)
            .ToList();
        Assert.Equal(sampler.Order(1, 2)[..35].Order(), seen.Order());
        Assert.Equal(sampler.Order(1, 2)[10..15].Order(), order.Rows(2).Originals.Order());
    }

    [Fact]
    public void A_batch_that_the_originals_leave_short_is_filled_up_and_they_begin_anew()
    {
        // 12 originals, 8 a batch: 8, then 4 and 4 extras more than 8 × 0; then the next pass.
        var sampler = new Sampler(12, 8, seed: 0);
        var order = new MixedOrder(sampler, Extras, fraction: 0, attempt: 0, epoch: 0);
        Assert.Equal((8, 0), Lengths(order.Rows(0)));
        Assert.Equal((4, 4), Lengths(order.Rows(1)));
        Assert.Equal((8, 0), Lengths(order.Rows(2)));
        Assert.Equal(
            Enumerable.Range(0, 12).Select(row => (long)row),
            order.Rows(0).Originals.Concat(order.Rows(1).Originals).Order());
        Assert.Equal(
            Enumerable.Range(0, 12).Select(row => (long)row),
            order.Rows(2).Originals.Concat(order.Rows(3).Originals).Order());
        Assert.NotEqual(order.Rows(0).Originals.Order(), order.Rows(2).Originals.Order());
    }

    [Fact]
    public void A_fraction_of_one_leaves_no_originals()
    {
        var order = new MixedOrder(new Sampler(100, 16, seed: 0), Extras, fraction: 1, attempt: 0, epoch: 0);
        Assert.Equal((0, 16), Lengths(order.Rows(3)));
    }

    [Fact]
    public void The_rows_of_a_step_are_a_function_of_seed_attempt_epoch_and_step()
    {
        var rows = Flat(Order(new Sampler(100, 16, seed: 0), 1, 1).Rows(4));
        var again = Order(new Sampler(100, 16, seed: 0), 1, 1);
        _ = again.Rows(6);
        Assert.Equal(rows, Flat(again.Rows(4)));
        Assert.NotEqual(rows, Flat(Order(new Sampler(100, 16, seed: 1), 1, 1).Rows(4)));
        Assert.NotEqual(rows, Flat(Order(new Sampler(100, 16, seed: 0), 2, 1).Rows(4)));
        Assert.NotEqual(rows, Flat(Order(new Sampler(100, 16, seed: 0), 1, 2).Rows(4)));
        Assert.NotEqual(rows[5..], Flat(again.Rows(5))[5..]);
    }

    [Fact]
    public void Originals_and_extras_are_interleaved()
    {
        // The first row of a batch is an original in 5 of 16 cases: of 2,000, 625 on average, with a deviation of 21.
        var order = Order(new Sampler(100, 16, seed: 0));
        Assert.InRange(Enumerable.Range(0, 2000).Count(step => order.Rows(step).Places[0] < 5), 540, 710);
    }

    [Fact]
    public void All_extras_are_drawn_equally_often()
    {
        var order = new MixedOrder(new Sampler(100, 16, seed: 0), extras: 4, fraction: 1, attempt: 0, epoch: 0);
        var counts = Enumerable.Range(0, 1000).SelectMany(step => order.Rows(step).Extras).CountBy(row => row)
            .ToDictionary();
        // 16,000 draws of 4: 4,000 on average, with a deviation of 55.
        Assert.Equal(4, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 3780, 4220));
    }

    [Fact]
    public void Processes_share_each_batch()
    {
        var whole = Batch(Order(new Sampler(100, 16, seed: 0)).Rows(2)).ToList();
        var parts = Enumerable.Range(0, 3).Select(rank => Batch(Order(new Sampler(
            100, 16, seed: 0, new RowShare(rank, 3))).Rows(2)).ToList()).ToList();
        Assert.Equal(whole, Enumerable.Range(0, 16).Select(place => parts[place % 3][place / 3]));
    }

    private static MixedOrder Order(Sampler sampler, int attempt = 0, long epoch = 0) =>
        new(sampler, Extras, 0.7, attempt, epoch);

    private static (int, int) Lengths(MixedRows rows) => (rows.Originals.Length, rows.Extras.Length);

    private static long[] Flat(MixedRows rows) => [.. rows.Originals, .. rows.Extras, .. rows.Places];

    /// <summary>The batch's rows in their order: originals as they are, extras as negative numbers.</summary>
    private static IEnumerable<long> Batch(MixedRows rows)
    {
        long[] sources = [.. rows.Originals, .. rows.Extras.Select(row => -1 - row)];
        return rows.Places.Select(place => sources[place]);
    }
}
