using Trainer.Engine.Distributed;
using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data;

/// <summary>
/// Says which rows each step trains on. The order of an epoch is a function of (seed, attempt, epoch) alone, and the
/// place in it is one integer, so a run resumes inside an epoch at no cost. Processes that train together share each
/// batch, so that their number does not change which rows come together.
/// </summary>
public sealed class Sampler
{
    private readonly long count;
    private readonly int batchSize;
    private readonly RandomKey key;
    private readonly RowShare share;
    private readonly LastBatch lastBatch;

    /// <summary>Describes the order; nothing is drawn yet.</summary>
    /// <param name="count">How many rows there are.</param>
    /// <param name="batchSize">Rows a step, over all processes.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="share">The rows of each batch that this process takes; null for all.</param>
    /// <param name="lastBatch">What becomes of the last rows where they are fewer than a batch.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public Sampler(
        long count, int batchSize, long seed, RowShare? share = null, LastBatch lastBatch = LastBatch.Keep)
    {
        this.share = share ?? RowShare.All;
        this.count = Require.AtLeast(1, count);
        this.batchSize = Require.AtLeast(1, batchSize);
        this.lastBatch = lastBatch;
        key = RandomKey.Of(seed).With("sampler");
    }

    /// <summary>The rows of each batch that this process takes.</summary>
    internal RowShare Share => share;

    /// <summary>How many rows there are.</summary>
    internal long Count => count;

    /// <summary>Rows a step, over all processes.</summary>
    internal int BatchSize => batchSize;

    /// <summary>Steps in an epoch.</summary>
    public long StepsPerEpoch =>
        lastBatch == LastBatch.Keep ? (count + batchSize - 1) / batchSize : Math.Max(1, count / batchSize);

    /// <summary>Rows of an epoch's last step, over all processes: all other steps have the batch size.</summary>
    public long LastRows
    {
        get
        {
            var rest = count - (StepsPerEpoch - 1) * batchSize;
            return lastBatch == LastBatch.Merge ? rest : Math.Min(rest, batchSize);
        }
    }

    /// <summary>The order of an epoch over all processes.</summary>
    /// <returns>Each row number from 0 to the count less one, once.</returns>
    public long[] Order(int attempt, long epoch) => Permutation.Of(Key(attempt, epoch), count);

    /// <summary>The random key of an epoch.</summary>
    internal RandomKey Key(int attempt, long epoch) => key.With(attempt).With(epoch);

    /// <summary>Draws an epoch's order and puts this process's part of it on the device.</summary>
    /// <param name="attempt">Goes up by one with every roll-back.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="device">Where the data are.</param>
    public EpochOrder Epoch(int attempt, long epoch, Device device)
    {
        var order = Order(attempt, epoch);
        var rows = new List<long>();
        for (var step = 0L; step < StepsPerEpoch; step++)
        {
            var length = step < StepsPerEpoch - 1 ? batchSize : LastRows;
            for (var place = (long)share.Rank; place < length; place += share.Size)
                rows.Add(order[(step * batchSize) + place]);
        }
        using var scope = NewDisposeScope();
        return new EpochOrder(
            tensor(rows.ToArray()).to(device).DetachFromDisposeScope(), share.Of(batchSize), StepsPerEpoch);
    }
}
