namespace Trainer.Engine.Data;

/// <summary>An epoch whose batches hold original and extra images in random order.</summary>
internal sealed class MixedEpoch : IEpochBatches
{
    private readonly ImageData originals;
    private readonly ExtraImages extra;
    private readonly ExtraPrefetch prefetch;
    private readonly IEpochPixels pixels;
    private readonly double smoothing;

    /// <param name="originals">The data set's images.</param>
    /// <param name="extra">The extra ones.</param>
    /// <param name="sampler">The order of the originals.</param>
    /// <param name="attempt">Goes up by one with every roll-back.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="smoothing">The label smoothing of the originals.</param>
    public MixedEpoch(
        ImageData originals, ExtraImages extra, Sampler sampler, int attempt, long epoch, double smoothing = 0)
    {
        this.smoothing = smoothing;
        (this.originals, this.extra, Steps) = (originals, extra, sampler.StepsPerEpoch);
        prefetch = new(extra, Order(), Steps);
        pixels = originals.Pixels.Epoch(From);

        MixedOrder Order() => new(sampler, extra.Count, extra.Description.FractionIn(epoch), attempt, epoch);

        IEnumerable<long> From(long first)
        {
            var order = Order();
            for (var step = first; step < Steps; step++)
                foreach (var row in order.Rows(step).Originals)
                    yield return row;
        }
    }

    public long Steps { get; }

    public LabelledImages Batch(long step)
    {
        if (step < 0 || step >= Steps)
            throw new ArgumentOutOfRangeException(nameof(step), step, $"Found step {step}, expected 0 to {Steps - 1}.");
        using var scope = NewDisposeScope();
        var device = originals.Device;
        var (rows, read) = prefetch.Take(step);
        var (own, places) = (tensor(rows.Originals).to(device), tensor(rows.Places).to(device));
        var shape = originals.Shape;
        var drawn = empty([rows.Extras.Length, shape.Channels, shape.Height, shape.Width], ScalarType.Byte);
        read.Images.CopyTo(drawn.bytes);
        var images = cat([pixels.Step(step, own), drawn.to(device)], 0).index_select(0, places);
        var labels = cat([originals.Labels.index_select(0, own), tensor(read.Labels).to(device)], 0)
            .index_select(0, places);
        var parts = extra.Description.LabelSmoothing == smoothing ? null
            : places.ge(rows.Originals.Length).to(ScalarType.Float32).mul_(extra.Description.LabelSmoothing - smoothing)
            .add_(smoothing).MoveToOuterDisposeScope();
        return new(images.to(ScalarType.Float32).div_(255).MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope(),
            parts);
    }

    public void Dispose()
    {
        pixels.Dispose();
        prefetch.Dispose();
    }
}
