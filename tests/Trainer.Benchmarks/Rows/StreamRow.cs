using System.Diagnostics;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Encoded;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// Images a second of an epoch whose streamed batches nobody uses, over those that as many threads reach by reading and
/// decoding the same files alone.
/// </summary>
internal sealed class StreamRow : IRow
{
    private const int Images = 512;
    private const int BatchSize = 64;

    public string Name => "stream-decoding";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        using var folder = new PictureFolder(Images);
        var (files, workers) = (folder.Files, Environment.ProcessorCount);
        using var data = folder.Open(new() { MemoryGB = 0, Workers = workers });
        var (ratios, rates) = (new List<double>(), new List<double>());
        for (var round = 0; round <= effort.Rounds; round++)
        {
            var alone = Decode(files, workers);
            var stream = Drain(data, round);
            // The first round compiles the code and counts as warm-up.
            if (round == 0)
                continue;
            ratios.Add(alone / stream);
            rates.Add(Images / stream);
        }
        return [new(Name, ratios, 0.85, Note: $"{rates.Average():F0} images/s on {workers} threads")];
    }

    /// <summary>Seconds to decode every file, with nothing in common but the number of the next one.</summary>
    private static double Decode(string[] files, int workers)
    {
        var (clock, next) = (Stopwatch.StartNew(), -1);
        List<Thread> threads = [.. Enumerable.Range(0, workers).Select(_ => new Thread(() =>
        {
            var buffers = new ImageBuffers();
            while (Interlocked.Increment(ref next) is var number && number < files.Length)
                PictureFolder.Preparation.Prepare(File.ReadAllBytes(files[number]), buffers);
        }))];
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>Seconds to take every batch of an epoch out of the queue.</summary>
    private static double Drain(DataSplits data, int epoch)
    {
        var clock = Stopwatch.StartNew();
        using var order = new Sampler(Images, BatchSize, seed: 0).Epoch(0, epoch, CPU);
        using var batches = data.Train.Pixels.Epoch(order.From);
        for (var step = 0L; step < order.Steps; step++)
        {
            using var scope = NewDisposeScope();
            batches.Step(step, order.Rows(step));
        }
        return clock.Elapsed.TotalSeconds;
    }
}
