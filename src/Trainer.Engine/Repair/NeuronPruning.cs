using System.Globalization;
using Trainer.Engine.Data;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Repair;

/// <summary>
/// Adversarial neuron pruning (Wu and Wang 2021, arXiv:2110.14430): masks on the channels of batch norm are lowered
/// where noise of the channels' weights and biases raises the clean loss most; then channels of the smallest masks are
/// pruned. ε 0.4, one step of noise, α 0.2, rate 0.2 with momentum 0.9, batches of 128, as the paper. The threshold
/// rises from 0 to 0.9 in steps of 0.05, and the last one before the clean accuracy of held-out images falls below a
/// bound is taken; BackdoorBench chooses it by the attack success rate, which a defender does not see. Batches are
/// drawn without replacement.
/// </summary>
/// <param name="maxDrop">How far clean accuracy may fall, 0 to 1.</param>
/// <param name="iterations">How many steps masks take.</param>
internal sealed class NeuronPruning(double maxDrop, int iterations) : IRepair
{
    private const int BatchSize = 128;
    private const double Epsilon = 0.4;
    private const double Alpha = 0.2;
    private const double Rate = 0.2;
    private const int Thresholds = 18;
    private const double Spacing = 0.05;

    public string? Run(RepairedNetwork network, CleanImages clean)
    {
        if (NeuronMasks.Layers(network.Module).Count == 0)
            throw new TrainerException(ErrorKind.Recipe, "model: anp prunes channels of batch norm, and the network "
                + "has none; expected one such as conv-small-bn, or another --method.");
        var least = network.Accuracy(clean.Held).Value - maxDrop;
        using var masks = new NeuronMasks(network.Module);
        // Passes in training mode move the running statistics, which stay those of the run.
        using (new BufferSnapshot(network.Module))
            Lower(masks, network, clean);
        network.Module.eval();
        var (pruned, threshold) = Prune(masks, () => network.Accuracy(clean.Held).Value, least);
        return string.Create(CultureInfo.InvariantCulture, $"pruned {pruned} of "
            + $"{Quantity.Of(masks.Values.shape[0], "channel")} of batch norm, with masks up to {threshold:0.00}");
    }

    /// <summary>Raises the threshold for as long as the accuracy is no smaller than a bound.</summary>
    /// <param name="masks">The masks; their network is left as it is pruned.</param>
    /// <param name="accuracy">Measures the network as it is.</param>
    /// <param name="least">The bound.</param>
    /// <returns>How many channels are pruned, none where 0 is too much, and the threshold.</returns>
    public static (long Pruned, double Threshold) Prune(NeuronMasks masks, Func<double> accuracy, double least)
    {
        var chosen = -1;
        while (chosen < Thresholds)
        {
            masks.Prune(Spacing * (chosen + 1));
            if (accuracy() < least)
                break;
            chosen++;
        }
        return (masks.Prune(chosen < 0 ? -1 : Spacing * chosen), Math.Max(0, Spacing * chosen));
    }

    private void Lower(NeuronMasks masks, RepairedNetwork network, CleanImages clean)
    {
        var key = network.Key.With("masks");
        var sampler = new Sampler(
            clean.Trained.Count, (int)Math.Min(BatchSize, clean.Trained.Count), key.Seed, lastBatch: LastBatch.Merge);
        network.Module.train();
        for (var step = 0L; step < iterations;)
        {
            using var order = sampler.Epoch(attempt: 0, step / sampler.StepsPerEpoch, network.Device);
            for (var place = 0L; place < order.Steps && step < iterations; place++, step++)
            {
                using var scope = NewDisposeScope();
                GlobalGenerators.Seed(key.With("modules").With(step));
                var random = RandomSource.ForBatch(key.With(step));
                var (images, targets) = clean.Batch(order.Rows(place), random.With(0));
                var start = zeros(2, masks.Values.shape[0], ScalarType.Float32, network.Device);
                start = random.With(1).Uniform(start) * (2 * Epsilon) - Epsilon;
                masks.Step(
                    () => targets.CrossEntropy(network.Classifier.Logits(images)).mean(), start, Epsilon, Alpha, Rate);
            }
        }
    }
}
