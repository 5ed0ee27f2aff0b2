namespace Trainer.Engine.Data;

/// <summary>The rows of one epoch, on the device, cut into steps.</summary>
public sealed class EpochOrder : IDisposable
{
    private readonly Tensor rows;
    private readonly long batchSize;

    internal EpochOrder(Tensor rows, long batchSize)
    {
        this.rows = rows;
        this.batchSize = batchSize;
    }

    /// <summary>How many steps the epoch has.</summary>
    public long Steps => (rows.shape[0] + batchSize - 1) / batchSize;

    /// <summary>The rows of a step.</summary>
    /// <param name="step">From 0.</param>
    /// <returns>Int64 [B] on the device, for <see cref="ImageData.Batch"/>; a view of the epoch's order.</returns>
    public Tensor Rows(long step) => step >= 0 && step < Steps
        ? rows.narrow(0, step * batchSize, Math.Min(batchSize, rows.shape[0] - step * batchSize))
        : throw new ArgumentOutOfRangeException(nameof(step), step, $"Found step {step}, expected 0 to {Steps - 1}.");

    /// <inheritdoc/>
    public void Dispose() => rows.Dispose();
}
