using Trainer.Engine.Distributed;

namespace Trainer.Tests.Distributed;

public sealed class CollectivesTests
{
    // 20 MB of each of two processes are two pieces.
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 1000)]
    [InlineData(4, 4099)]
    [InlineData(2, 10_000_001)]
    public void A_sum_is_made_in_the_order_of_ranks_and_has_the_same_bits_everywhere(int size, long length)
    {
        var sums = ThreadCollectives.Run(size, processes =>
        {
            using var own = Values(processes.Rank, length);
            processes.AllReduce(own);
            return own.data<float>().ToArray();
        });
        using var expected = Values(0, length);
        for (var rank = 1; rank < size; rank++)
            expected.add_(Values(rank, length));
        Assert.All(sums, sum => Assert.True(expected.data<float>().ToArray().AsSpan().SequenceEqual(sum)));
    }

    [Theory]
    [InlineData(3, 6, 2)]
    [InlineData(3, 7, 3)]
    [InlineData(3, 2, 1)]
    [InlineData(2, 10_000_000, 4)]
    public void A_sum_exchanges_twice_for_each_piece_and_once_for_what_cannot_be_divided(
        int size, long length, int exchanges) => Assert.All(
        ThreadCollectives.Run(size, processes =>
        {
            using var own = zeros(length);
            processes.AllReduce(own);
            return processes.Exchanges;
        }),
        found => Assert.Equal(exchanges, found));

    [Fact]
    public void Values_that_are_copied_first_have_the_same_sum()
    {
        var sums = ThreadCollectives.Run(3, processes =>
        {
            using var scope = NewDisposeScope();
            var (own, smaller) = (Values(processes.Rank, 100), Values(processes.Rank, 10));
            processes.AllReduceCopied(own);
            processes.AllReduceCopied(smaller);
            return (own.data<float>().ToArray(), smaller.data<float>().ToArray());
        });
        float[] Expected(long length)
        {
            using var scope = NewDisposeScope();
            return (Values(0, length) + Values(1, length) + Values(2, length)).data<float>().ToArray();
        }
        Assert.All(sums, sum =>
        {
            Assert.Equal(Expected(100), sum.Item1);
            Assert.Equal(Expected(10), sum.Item2);
        });
    }

    [Fact]
    public void Every_process_sees_what_each_has() => Assert.All(
        ThreadCollectives.Run(3, processes => string.Join(
            " ", processes.AllGather(new string((char)('a' + processes.Rank), 3 * processes.Rank)))),
        all => Assert.Equal(" bbb cccccc", all));

    // A piece has 16 MiB.
    [Fact]
    public void Values_of_several_pieces_arrive_whole()
    {
        string[] expected = [Numbers(1_000_000), Numbers(3_000_000)];
        Assert.True(expected[1].Length > 18_000_000);
        Assert.All(
            ThreadCollectives.Run(
                2, processes => processes.AllGather(expected[processes.Rank]).SequenceEqual(expected)),
            Assert.True);

        static string Numbers(int count) => string.Concat(Enumerable.Range(0, count));
    }

    [Fact]
    public void The_first_process_alone_is_asked()
    {
        var asked = 0;
        Assert.Equal(["first", "first", "first"], ThreadCollectives.Run(3, processes =>
            processes.Broadcast(() => Interlocked.Increment(ref asked) == 1 ? "first" : "another")));
        Assert.Equal(1, asked);
    }

    [Fact]
    public void One_process_exchanges_nothing()
    {
        using var values = tensor((float[])[1, 2]);
        var process = OneProcess.Instance;
        process.AllReduce(values);
        Assert.Equal((1, 0), (process.Size, process.Rank));
        Assert.Equal((7, 8), (process.Broadcast(() => 7), process.AllGather(8).Single()));
        Assert.Equal([1, 2], values.data<float>().ToArray());
    }

    [Theory]
    [InlineData(7, 3, "3 2 2")]
    [InlineData(8, 2, "4 4")]
    [InlineData(2, 4, "1 1 0 0")]
    public void Rows_are_divided_evenly(long rows, int size, string shares) => Assert.Equal(
        shares, string.Join(" ", Enumerable.Range(0, size).Select(rank => new RowShare(rank, size).Of(rows))));

    private static Tensor Values(int rank, long length)
    {
        using var generator = new Generator((ulong)rank);
        return randn(length, generator: generator);
    }
}
