namespace Trainer.Engine.Data;

/// <summary>An epoch of a data set alone.</summary>
internal sealed class PlainEpoch(ImageData data, EpochOrder order) : IEpochBatches
{
    public long Steps => order.Steps;

    public LabelledImages Batch(long step)
    {
        var (images, labels) = data.Batch(order.Rows(step));
        return new(images, labels);
    }

    public void Dispose() => order.Dispose();
}
