using Trainer.Engine.Data;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// The most resident memory that a streamed data set takes, from opening it to the end of its third epoch, over the
/// memory that it is allowed. Decoded, it is four times as large.
/// </summary>
internal sealed class StreamMemoryRow : IRow
{
    private const double Budget = 100e6;
    private const int BatchSize = 32;
    private const int Epochs = 3;

    public string Name => "stream-memory";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        var images = (int)(4 * Budget / PictureFolder.DecodedLength);
        using var folder = new PictureFolder(images);
        // What the first use of decoder and torch takes is no part of it.
        using (folder.Open(new() { MemoryGB = Budget / 100 / 1e9 }))
            GC.Collect();
        var before = ProcessMemory.Of(Environment.ProcessId);
        using var data = folder.Open(new() { MemoryGB = Budget / 1e9 });
        List<double> peaks = [.. Enumerable.Range(0, Epochs).Select(epoch => Peak(data, images, epoch) - before)];
        return [new(Name, [peaks.Max() * (1 << 20) / Budget], 1, AtMost: true,
            Note: $"{string.Join(", ", peaks.Select(peak => $"{peak:F0}"))} MB more in epochs 1 to {Epochs} of "
                + $"{images} images, {images * (long)PictureFolder.DecodedLength / 1e6:F0} MB decoded")];
    }

    /// <summary>The most resident memory of an epoch, in MB.</summary>
    private static double Peak(DataSplits data, int images, int epoch)
    {
        var peak = 0.0;
        using var batches = new PlainEpoch(data.Train, new Sampler(images, BatchSize, seed: 0).Epoch(0, epoch, CPU));
        for (var step = 0L; step < batches.Steps; step++)
        {
            using var scope = NewDisposeScope();
            batches.Batch(step);
            peak = Math.Max(peak, ProcessMemory.Of(Environment.ProcessId));
        }
        return peak;
    }
}
