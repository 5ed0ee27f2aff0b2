using Trainer.Engine.Networks;
using Trainer.Recipes;

namespace Trainer.Engine.Repair;

/// <summary>
/// Fine-pruning (Liu et al. 2018, arXiv:1805.12185): the channels of the last convolution, or the pooled features, that
/// clean images activate least are pruned where the classifier reads them, as many as leave the clean accuracy of
/// held-out images above a bound; then the network is fine-tuned, and they stay pruned. A hundredth of the channels is
/// pruned at a time, as in BackdoorBench, whose bound is measured on test images. There each input of the classifier is
/// pruned for itself; here all that are of one channel. Of <c>convnext</c> the means are of what the fully connected
/// layer reads, after layer norm; there of what the norm reads.
/// </summary>
/// <param name="maxDrop">How far clean accuracy may fall, 0 to 1.</param>
/// <param name="fineTuning">What follows.</param>
internal sealed class FinePruning(double maxDrop, FineTuning fineTuning) : IRepair
{
    private const int BlockSize = 500;
    private const double Part = 0.01;

    public string? Run(RepairedNetwork network, CleanImages clean)
    {
        var channels = ReadChannels.Of(network.Module);
        var order = ReadChannels.LeastActive(channels.Means(() => Forward(network, clean)));
        var pruned = Prune(
            channels, order, network.Parameters, () => network.Accuracy(clean.Held).Value, maxDrop);
        fineTuning.Train(
            network, clean, "fine-tuning",
            (images, targets) => targets.CrossEntropy(network.Classifier.Logits(images)).mean(),
            () => channels.Prune(pruned));
        return $"pruned {pruned.Length} of {Quantity.Of(channels.Count, "channel")} that the classifier reads";
    }

    /// <summary>Prunes channels for as long as the accuracy falls no further than a bound.</summary>
    /// <param name="channels">The channels; their network is left as it is pruned.</param>
    /// <param name="order">Which of them first.</param>
    /// <param name="parameters">All of the network's.</param>
    /// <param name="accuracy">Measures the network as it is.</param>
    /// <param name="maxDrop">How far it may fall below that of the network before, 0 to 1.</param>
    /// <returns>The pruned channels.</returns>
    public static long[] Prune(
        ReadChannels channels, long[] order, FlatParameters parameters, Func<double> accuracy, double maxDrop)
    {
        using var former = parameters.Values.clone();
        var least = accuracy() - maxDrop;
        var (pruned, step) = (Array.Empty<long>(), (int)Math.Ceiling(Part * order.Length));
        for (var count = step; count < order.Length; count += step)
        {
            channels.Prune(order[..count]);
            if (accuracy() < least)
                break;
            pruned = order[..count];
        }
        using (no_grad())
            parameters.Values.copy_(former);
        channels.Prune(pruned);
        return pruned;
    }

    private static void Forward(RepairedNetwork network, CleanImages clean)
    {
        using var noGrad = no_grad();
        using var evaluation = network.Classifier.InEvaluationMode();
        foreach (var block in Enumerable.Range(0, (int)clean.Trained.Count).Select(row => (long)row).Chunk(BlockSize))
        {
            using var scope = NewDisposeScope();
            network.Classifier.Logits(clean.Trained.Batch(tensor(block, device: network.Device)).Images);
        }
    }
}
