using System.Diagnostics;
using Trainer.Engine.Data;
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
        var clean = Accuracy(data, indices, (images, _) => images.alias(), "the clean images");
        var watch = Stopwatch.StartNew();
        var kinds = CommonCorruptions.All.SelectMany(corruption =>
            Enumerable.Range(1, CommonCorruptions.Severities).Select(severity => (corruption, severity))).ToList();
        var results = new List<CorruptionResult>();
        foreach (var (corruption, severity) in kinds)
        {
            var seed = key.With(corruption.Name).With(severity);
            var accuracy = Accuracy(data, indices, (images, block) => CommonCorruptions.Apply(
                corruption, severity, images, RandomSource.ForExamples(seed, block)), corruption.Name);
            results.Add(new(corruption.Name, severity, accuracy));
            Progress?.Invoke(new(corruption.Name, results.Count * indices.Count, kinds.Count * indices.Count,
                watch.Elapsed));
        }
        return new(weights, clean, results);
    }

    private ShareMetrics Accuracy(
        ImageData data, IReadOnlyList<long> indices, Func<Tensor, long[], Tensor> change, string where)
    {
        var correct = 0L;
        foreach (var block in indices.Chunk(blockSize))
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var rows = tensor(block, device: data.Device);
            var images = change(data.Pixels.Rows(rows).cpu(), block);
            var logits = fixedBatches.Logits(images.to(data.Device).to(ScalarType.Float32).div(255));
            var nonFinite = logits.isfinite().all(1).logical_not().sum().item<long>();
            if (nonFinite > 0)
                throw new NonFiniteLogitsException(nonFinite, block.Length, where);
            correct += logits.argmax(1).eq(data.Labels.index_select(0, rows)).sum().item<long>();
        }
        return ShareMetrics.Of(new(correct, indices.Count))
            ?? throw new ArgumentException("Found no image, expected some.", nameof(indices));
    }
}
