using Trainer.Engine.Data;

namespace Trainer.Engine.Evaluation.Detection;

/// <summary>
/// STRIP (Gao et al. 2019, arXiv:1902.06531): the mean entropy of the predictions on an image with each of several
/// clean images added to it, clipped. A trigger keeps its prediction, so a low entropy is suspicious. The paper judges
/// the inputs of a deployed network; here the training images are judged, so that another training can leave them out,
/// as BackdoorBench does.
/// The bound is the quantile of the entropies of up to 1,000 clean held-out images at the admitted share of false
/// positives; the paper takes that of a normal distribution with their mean and deviation. Clean training images, which
/// the network knows, can be below it more often than that share, unlike the paper's new inputs. The images that are
/// added are other held-out ones, the same for all.
/// </summary>
/// <param name="overlays">How many images are added to each.</param>
/// <param name="falsePositives">The share of clean images that may be taken for poisoned.</param>
internal sealed class Strip(int overlays, double falsePositives) : IDetector
{
    private const int MostCalibrated = 1000;

    public string Name => "strip";

    public string DefenderKnowledge =>
        "the trained network, and clean held-out images without labels; no other training image";

    public (string Found, string Remedy)? Obstacle(InspectedTraining training) =>
        training.Data.Validation.Count >= 2 * overlays ? null
            : ($"needs {2 * overlays} clean held-out images for {overlays} overlays, and the run held out "
                + $"{training.Data.Validation.Count}", "Lower --overlays, or name another method");

    public Detection Run(InspectedTraining training)
    {
        var held = training.Data.Validation;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var order = Permutation.Of(training.Key.With("strip"), held.Count);
        var added = held.Batch(tensor(order[..overlays], device: held.Device)).Images;
        var clean = Entropies(training, held, [.. order[overlays..].Take(MostCalibrated)], added).Order().ToArray();
        var threshold = clean[(int)(falsePositives * clean.Length)];
        var all = Entropies(
            training, training.Data.Train, [.. Enumerable.Range(0, training.Labels.Count).Select(row => (long)row)],
                added);
        return new([.. all.Select(entropy => -entropy)], [.. all.Select(entropy => entropy < threshold)]);
    }

    /// <summary>The mean entropy of each image, in nats.</summary>
    private static double[] Entropies(InspectedTraining training, ImageData data, long[] rows, Tensor added)
    {
        var entropies = new List<double>(rows.Length);
        foreach (var block in training.Blocks(rows.Length))
        {
            using var scope = NewDisposeScope();
            var images = data.Batch(tensor(block.Select(place => rows[place]).ToArray(), device: data.Device)).Images;
            var sum = zeros(images.shape[0], ScalarType.Float64, data.Device);
            for (var overlay = 0L; overlay < added.shape[0]; overlay++)
            {
                using var inner = NewDisposeScope();
                sum.add_(Entropy(training.Classifier.Logits(images.add(added[overlay]).clamp(0, 1))));
            }
            entropies.AddRange(sum.div(added.shape[0]).cpu().data<double>().ToArray());
        }
        return [.. entropies];
    }

    /// <summary>The entropy of each row's softmax, in nats.</summary>
    /// <param name="logits">Float [N, K].</param>
    /// <returns>Float64 [N].</returns>
    public static Tensor Entropy(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var log = nn.functional.log_softmax(logits.to(ScalarType.Float64), 1);
        return log.exp().mul(log).sum(1).neg().MoveToOuterDisposeScope();
    }
}
