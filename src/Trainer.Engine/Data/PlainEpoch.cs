namespace Trainer.Engine.Data;

/// <summary>An epoch of a data set alone.</summary>
internal sealed class PlainEpoch(ImageData data, EpochOrder order) : IEpochBatches
{
    private readonly IEpochPixels pixels = data.Pixels.Epoch(order.From);

    public long Steps => order.Steps;

    public LabelledImages Batch(long step)
    {
        var rows = order.Rows(step);
        using var bytes = pixels.Step(step, rows);
        return new(bytes.to(ScalarType.Float32).div_(255), data.Labels.index_select(0, rows), Rows: rows);
    }

    public void Dispose()
    {
        pixels.Dispose();
        order.Dispose();
    }
}
