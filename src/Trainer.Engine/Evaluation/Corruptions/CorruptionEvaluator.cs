using System.Diagnostics;
using Trainer.Engine.Data;
using Trainer.Engine.Distributed;
using Trainer.Engine.Metrics;
using Trainer.Robustness;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Measures accuracy under the common corruptions, at each of their severities.</summary>
/// <param name="classifier">The network. Evaluated in evaluation mode and left in its own.</param>
/// <param name="key">What the corruptions' random numbers are a function of, besides the image.</param>
/// <param name="blockSize">Images a block; it changes no result.</param>
public sealed class CorruptionEvaluator(Classifier classifier, RandomKey key, int blockSize)
{
    private readonly FixedBatches fixedBatches = new(classifier);

    /// <summary>Called after each corruption and severity.</summary>
    public Action<EvaluationProgress>? Progress { get; init; }

    /// <summary>The processes that share corruptions and severities; each of them calls the same.</summary>
    public Collectives Processes { get; init; } = OneProcess.Instance;

    /// <summary>Measures some images.</summary>
    /// <param name="data">The clean images.</param>
    /// <param name="indices">Which of them.</param>
    /// <param name="weights">The hash of the weights.</param>
    /// <exception cref="ArgumentException">They are too small.</exception>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public CorruptionReport Run(ImageData data, IReadOnlyList<long> indices, string weights)
    {
        if (CommonCorruptions.Refusal(data.Shape) is { } refusal)
            throw new ArgumentException(refusal, nameof(data));
        using var evaluation = classifier.InEvaluationMode();
        var watch = Stopwatch.StartNew();
        // The clean images are the first task.
        IReadOnlyList<(ICorruption? Corruption, int Severity)> kinds = [(null, 0), .. CommonCorruptions.All.SelectMany(
            corruption => Enumerable.Range(1, CommonCorruptions.Severities).Select(
                severity => ((ICorruption?)corruption, severity)))];
        var counts = new SharedTasks<Counts>(Processes)
        {
            Compute = kind => Count(data, indices, kinds[kind].Corruption, kinds[kind].Severity),
            IsLast = found => found.NonFinite > 0,
        }.All(kinds.Count, done =>
        {
            if (done > 1)
                Progress?.Invoke(new(kinds[done - 1].Corruption!.Name, (done - 1) * indices.Count,
                    (kinds.Count - 1) * indices.Count, watch.Elapsed));
        })!;
        if (counts is [.., { NonFinite: > 0 } last])
            throw new NonFiniteLogitsException(
                last.NonFinite, last.Images, kinds[counts.Count - 1].Corruption?.Name ?? "the clean images");
        var shares = counts.Select(count => ShareMetrics.Of(new(count.Correct, count.Images))
            ?? throw new ArgumentException("Found no image, expected some.", nameof(indices))).ToList();
        return new(weights, shares[0], [.. kinds.Zip(shares).Skip(1).Select(
            pair => new CorruptionResult(pair.First.Corruption!.Name, pair.First.Severity, pair.Second))]);
    }

    /// <summary>Counts the images that are classified correctly under one corruption; null for none.</summary>
    private Counts Count(ImageData data, IReadOnlyList<long> indices, ICorruption? corruption, int severity)
    {
        var correct = 0L;
        var seed = key.With(corruption?.Name ?? "clean").With(severity);
        foreach (var block in indices.Chunk(blockSize))
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var rows = tensor(block, device: data.Device);
            var pixels = data.Pixels.Rows(rows).cpu();
            var images = corruption is null ? pixels : CommonCorruptions.Apply(
                corruption, severity, pixels, RandomSource.ForExamples(seed, block));
            var logits = fixedBatches.Logits(images.to(data.Device).to(ScalarType.Float32).div(255));
            var nonFinite = logits.isfinite().all(1).logical_not().sum().item<long>();
            if (nonFinite > 0)
                return new(correct, block.Length, nonFinite);
            correct += logits.argmax(1).eq(data.Labels.index_select(0, rows)).sum().item<long>();
        }
        return new(correct, indices.Count, NonFinite: 0);
    }

    private sealed record Counts(long Correct, long Images, long NonFinite);
}
