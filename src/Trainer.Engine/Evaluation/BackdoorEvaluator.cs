using System.Reflection;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
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

    /// <summary>Measures some images.</summary>
    /// <param name="data">The clean images.</param>
    /// <param name="indices">Which of them.</param>
    /// <param name="clean">Those of them that are classified correctly.</param>
    /// <param name="stopRequested">Called before each block.</param>
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
        var (target, truth, count) = (0L, 0L, 0L);
        try
        {
            foreach (var block in indices.Chunk(blockSize))
            {
                if (stopRequested?.Invoke() == true)
                    return null;
                var found = Count(data, block, backdoor);
                (target, truth, count) = (target + found.Target, truth + found.Truth, count + found.Count);
            }
        }
        finally
        {
            set_rng_state(generator);
        }
        return new(name, share, ShareMetrics.Of(new(target, count)), ShareMetrics.Of(new(truth, count)));
    }

    private (long Target, long Truth, long Count) Count(ImageData data, long[] block, IBackdoor backdoor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var rows = tensor(block, device: data.Device);
        var kept = data.Labels.index_select(0, rows).ne(backdoor.Target);
        rows = rows.masked_select(kept);
        if (rows.shape[0] == 0)
            return (0, 0, 0);
        var labels = data.Labels.index_select(0, rows);
        var bytes = backdoor.Triggered(data.Pixels.Rows(rows).cpu());
        var logits = fixedBatches.Logits(bytes.to(data.Device).to(ScalarType.Float32).div(255));
        var nonFinite = logits.isfinite().all(1).logical_not().sum().item<long>();
        if (nonFinite > 0)
            throw new NonFiniteLogitsException(nonFinite, rows.shape[0], "the trigger");
        var predicted = logits.argmax(1);
        return (predicted.eq(backdoor.Target).sum().item<long>(), predicted.eq(labels).sum().item<long>(),
            rows.shape[0]);
    }
}
