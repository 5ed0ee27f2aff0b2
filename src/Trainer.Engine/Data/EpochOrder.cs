namespace Trainer.Engine.Data;

/// <summary>The rows of one epoch, on the device, cut into steps.</summary>
public sealed class EpochOrder : IDisposable
{
    private readonly Tensor rows;
    private readonly long batchSize;

    /// <param name="rows">Int64 [N], one step after the other.</param>
    /// <param name="batchSize">The rows of each step but the last.</param>
    /// <param name="steps">How many steps there are; the last one has the rows that are left.</param>
    internal EpochOrder(Tensor rows, long batchSize, long steps)
    {
        this.rows = rows;
        this.batchSize = batchSize;
        Steps = steps;
    }

    /// <summary>How many steps the epoch has.</summary>
    public long Steps { get; }

    /// <summary>The rows of a step.</summary>
    /// <param name="step">From 0.</param>
    /// <returns>Int64 [B] on the device, for <see cref="ImageData.Batch"/>; a view of the epoch's order.</returns>
    public Tensor Rows(long step) => step >= 0 && step < Steps
        ? rows.narrow(0, step * batchSize, step == Steps - 1 ? rows.shape[0] - step * batchSize : batchSize)
        : throw new ArgumentOutOfRangeException(nameof(step), step, $"Found step {step}, expected 0 to {Steps - 1}.");

    /// <summary>The rows of a step and of all steps after it, one step after the other.</summary>
    /// <param name="step">From 0.</param>
    internal IEnumerable<long> From(long step)
    {
        using var left = rows.narrow(0, step * batchSize, rows.shape[0] - step * batchSize).cpu();
        return left.data<long>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => rows.Dispose();
}
