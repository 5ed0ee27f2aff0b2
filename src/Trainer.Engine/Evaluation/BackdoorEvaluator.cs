using System.Reflection;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Distributed;
using Trainer.Engine.Metrics;
using Trainer.Robustness;
using Trainer.Robustness.Components;
using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Evaluation;

/// <summary>
/// Measures a backdoor: of the images that are not of the target class, with the trigger, how many are predicted as the
/// target, and how many as their true class.
/// </summary>
/// <param name="classifier">The network. Evaluated in evaluation mode and left in its own.</param>
/// <param name="poison">The attack.</param>
/// <param name="blockSize">Images a block.</param>
public sealed class BackdoorEvaluator(Classifier classifier, IPoison poison, int blockSize)
{
    private readonly FixedBatches fixedBatches = new(classifier);

    /// <summary>The processes that share the blocks; each of them calls the same.</summary>
    public Collectives Processes { get; init; } = OneProcess.Instance;

    /// <summary>Measures some images.</summary>
    /// <param name="data">The clean images.</param>
    /// <param name="indices">Which of them.</param>
    /// <param name="clean">Those of them that are classified correctly.</param>
    /// <param name="stopRequested">Asked before each block; what one process answers stops all.</param>
    /// <returns>The metrics, or null where a stop was requested.</returns>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public BackdoorMetrics? Run(
        ImageData data, IReadOnlyList<long> indices, Accuracy clean, Func<bool>? stopRequested = null)
    {
        poison.Check(data.Shape, data.Classes);
        var name = poison.GetType().GetCustomAttribute<ComponentAttribute>()?.Type ?? poison.GetType().Name;
        var share = ShareMetrics.Of(clean) ?? throw new ArgumentException("Found no image, expected some.",
            nameof(clean));
        if (poison is not IBackdoor backdoor)
            return new(name, share, null, null);
        using var evaluation = classifier.InEvaluationMode();
        using var generator = get_rng_state();
        try
        {
            var blocks = indices.Chunk(blockSize).ToList();
            if (new SharedTasks<Counts>(Processes)
            {
                Compute = block => Count(data, blocks[block], backdoor),
                StopRequested = stopRequested,
                IsLast = counts => counts.NonFinite > 0,
            }.All(blocks.Count) is not { } found)
                return null;
            if (found is [.., { NonFinite: > 0 } last])
                throw new NonFiniteLogitsException(last.NonFinite, last.Images, "the trigger");
            var count = found.Sum(block => block.Images);
            return new(name, share, ShareMetrics.Of(new(found.Sum(block => block.Target), count)),
                ShareMetrics.Of(new(found.Sum(block => block.Truth), count)));
        }
        finally
        {
            set_rng_state(generator);
        }
    }

    private Counts Count(ImageData data, long[] block, IBackdoor backdoor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var rows = tensor(block, device: data.Device);
        var kept = data.Labels.index_select(0, rows).ne(backdoor.Target);
        rows = rows.masked_select(kept);
        if (rows.shape[0] == 0)
            return new(0, 0, 0, 0);
        var labels = data.Labels.index_select(0, rows);
        var bytes = backdoor.Triggered(data.Pixels.Rows(rows).cpu());
        var logits = fixedBatches.Logits(bytes.to(data.Device).to(ScalarType.Float32).div(255));
        var nonFinite = logits.isfinite().all(1).logical_not().sum().item<long>();
        var predicted = logits.argmax(1);
        return new(predicted.eq(backdoor.Target).sum().item<long>(), predicted.eq(labels).sum().item<long>(),
            rows.shape[0], nonFinite);
    }

    private sealed record Counts(long Target, long Truth, long Images, long NonFinite);
}
