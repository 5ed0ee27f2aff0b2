using System.Diagnostics;
using Trainer.Engine.Data;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation.Ledgers;
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

    /// <summary>Called after each block.</summary>
    public Action<EvaluationProgress>? Progress { get; init; }

    /// <summary>The processes that share the blocks; each of them calls the same.</summary>
    public Collectives Processes { get; init; } = OneProcess.Instance;

    /// <summary>Measures some images.</summary>
    /// <param name="data">The clean images.</param>
    /// <param name="indices">Which of them.</param>
    /// <param name="weights">The hash of the weights.</param>
    /// <param name="stopRequested">Asked before each block; what one process answers stops all.</param>
    /// <param name="ledger">Keeps each block; null for none. Of several processes the first alone has one.</param>
    /// <returns>The report, or null where a stop was requested.</returns>
    /// <exception cref="ArgumentException">They are too small, or there are none.</exception>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public CorruptionReport? Run(
        ImageData data, IReadOnlyList<long> indices, string weights, Func<bool>? stopRequested = null,
        Ledger? ledger = null)
    {
        if (CommonCorruptions.Refusal(data.Shape) is { } refusal)
            throw new ArgumentException(refusal, nameof(data));
        if (indices.Count == 0)
            throw new ArgumentException("Found no image, expected some.", nameof(indices));
        using var evaluation = classifier.InEvaluationMode();
        using var generator = get_rng_state();
        try
        {
            return Measure(data, indices, weights, stopRequested, ledger);
        }
        finally
        {
            set_rng_state(generator);
        }
    }

    private CorruptionReport? Measure(
        ImageData data, IReadOnlyList<long> indices, string weights, Func<bool>? stopRequested, Ledger? ledger)
    {
        var since = Stopwatch.StartNew();
        // The clean images come first.
        IReadOnlyList<Kind> kinds = [new(null, 0), .. CommonCorruptions.All.SelectMany(corruption =>
            Enumerable.Range(1, CommonCorruptions.Severities).Select(severity => new Kind(corruption, severity)))];
        var rows = indices.Chunk(blockSize).ToList();
        var shared = new SharedBlocks(Processes, ledger, 0, kinds.Count * rows.Count)
        {
            EndsAtNonFinite = true,
        };
        var found = shared.Run(
            number => Compute(number, kinds[number / rows.Count], rows[number % rows.Count], data), stopRequested,
            done => Progress?.Invoke(new(
                kinds[(done - 1) / rows.Count].Name, Corrupted(done), (kinds.Count - 1) * indices.Count, since.Elapsed,
                Corrupted(Math.Min(done, shared.Recorded)))));
        if (found is null)
            return null;
        if (found is [.., { NonFinite: > 0 } last])
            throw new NonFiniteLogitsException(last.NonFinite, last.Entry.Examples.Count,
                kinds[(found.Count - 1) / rows.Count].Corruption?.Name ?? "the clean images");
        var shares = found.Chunk(rows.Count).Select(Share).ToList();
        return new(weights, shares[0], [.. kinds.Zip(shares).Skip(1).Select(pair => new CorruptionResult(
            pair.First.Corruption!.Name, pair.First.Severity, pair.Second))]);

        // Of the images done, those that are corrupted.
        int Corrupted(int done) => Math.Max(
            0, (done / rows.Count - 1) * indices.Count + done % rows.Count * blockSize);
    }

    /// <summary>Classifies some images under one corruption.</summary>
    private ComputedBlock Compute(int number, Kind kind, long[] indices, ImageData data)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // A network that draws random numbers draws the same after a stop and in any process.
        GlobalGenerators.Seed(key.With("modules").With(number));
        var rows = tensor(indices, device: data.Device);
        var pixels = data.Pixels.Rows(rows).cpu();
        var images = kind.Corruption is null ? pixels : CommonCorruptions.Apply(
            kind.Corruption, kind.Severity, pixels,
            RandomSource.ForExamples(key.With(kind.Corruption.Name).With(kind.Severity), indices));
        var logits = fixedBatches.Logits(images.to(data.Device).to(ScalarType.Float32).div(255));
        var (predicted, truth) = (logits.argmax(1).cpu().data<long>(),
            data.Labels.index_select(0, rows).cpu().data<long>());
        var entry = new LedgerBlock(0, kind.Name, number, indices.Length, 0, [.. indices.Select((index, row) =>
            new LedgerExample(index, truth[row], predicted[row], predicted[row] == truth[row] ? null : kind.Name))]);
        return new(entry, logits.isfinite().all(1).logical_not().sum().item<long>(),
            empty([0], ScalarType.Float32).MoveToOuterDisposeScope());
    }

    private static ShareMetrics Share(FoundBlock[] blocks)
    {
        var examples = blocks.SelectMany(block => block.Entry.Examples).ToList();
        return ShareMetrics.Of(new(examples.Count(example => example.BrokenBy is null), examples.Count))!;
    }

    /// <summary>One corruption of one severity; null leaves the images as they are.</summary>
    private sealed record Kind(ICorruption? Corruption, int Severity)
    {
        /// <summary>What ledger and progress call it.</summary>
        public string Name => Corruption is null ? EvaluationStage.Clean : $"{Corruption.Name} {Severity}";
    }
}
