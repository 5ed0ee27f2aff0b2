namespace Trainer.Engine.Data.Encoded;

/// <summary>The pixels of an epoch's steps, decoded ahead while the present step is computed.</summary>
/// <param name="pixels">The images.</param>
/// <param name="rowsFrom">The rows of a step and of all steps after it.</param>
internal sealed class StreamedEpoch(StreamedPixels pixels, Func<long, IEnumerable<long>> rowsFrom) : IEpochPixels
{
    private const int BatchesAhead = 2;
    private ImageStream? stream;
    private long next = -1;
    private (long Step, Tensor Images)? present;

    public Tensor Step(long step, Tensor rows)
    {
        if (present?.Step != step)
            Read(step, rows.shape[0]);
        return present!.Value.Images.alias();
    }

    public void Dispose()
    {
        stream?.Dispose();
        present?.Images.Dispose();
    }

    private void Read(long step, long count)
    {
        if (step != next)
        {
            stream?.Dispose();
            stream = pixels.Open(rowsFrom(step), (int)Math.Max(1, BatchesAhead * count));
        }
        present?.Images.Dispose();
        (present, next) = (null, -1);
        present = (step, pixels.Read(stream!, count).DetachFromDisposeScope());
        next = step + 1;
    }
}
