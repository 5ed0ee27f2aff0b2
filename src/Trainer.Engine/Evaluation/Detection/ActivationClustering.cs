namespace Trainer.Engine.Evaluation.Detection;

/// <summary>
/// Activation clustering (Chen et al. 2018, arXiv:1811.03728): of each class, the features reduced to 10 independent
/// components and divided by k-means into two clusters, judged by their relative size, one of the paper's three ways.
/// The score of an image is the share of its class that is not in its cluster. Above 65 % it is suspicious: a cluster
/// is small below 35 % of the class, as in BackdoorBench. The method divides clusters, not images, so that all images
/// of a cluster have one score; the AUC is what other shares than 35 % would give. Components are whitened principal
/// ones: those of ICA are a rotation of them, which changes no distance and so no cluster.
/// </summary>
internal sealed class ActivationClustering : IDetector
{
    private const int Components = 10;
    private const double SmallShare = 0.35;
    private const double LeastVariance = 1e-9;

    public string Name => "clustering";

    public string DefenderKnowledge => "the training images with their labels, and the trained network";

    public (string Found, string Remedy)? Obstacle(InspectedTraining training) => training.FeaturesObstacle;

    public Detection Run(InspectedTraining training)
    {
        var (scores, suspicious) = (new double[training.Labels.Count], new bool[training.Labels.Count]);
        foreach (var (label, places) in training.Classes)
        {
            using var scope = NewDisposeScope();
            var white = Whiten(training.Centred(places), Components);
            if (places.Length < 3 || white.shape[1] == 0)
                continue;
            var isSecond = TwoMeans.Run(white, training.Key.With("clustering").With(label));
            var second = isSecond.Count(one => one);
            foreach (var (index, place) in places.Index())
            {
                var size = isSecond[index] ? second : places.Length - second;
                (scores[place], suspicious[place]) = (
                    1 - (double)size / places.Length, size < SmallShare * places.Length);
            }
        }
        return new(scores, suspicious);
    }

    /// <summary>The first principal components, each with variance 1; those without variance are left out.</summary>
    /// <param name="centred">Float64 [n, D], with mean 0.</param>
    /// <param name="most">The most components.</param>
    /// <returns>Float64 [n, k].</returns>
    public static Tensor Whiten(Tensor centred, int most)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (values, vectors) = linalg.eigh(centred.t().mm(centred).div(centred.shape[0]));
        var variances = values.data<double>().ToArray();
        long[] chosen = [.. Enumerable.Range(0, variances.Length).Reverse().Take(most)
            .Where(index => variances[index] > LeastVariance * variances[^1] && variances[index] > 0)
            .Select(index => (long)index)];
        var axes = tensor(chosen, ScalarType.Int64);
        return centred.mm(vectors.index_select(1, axes)).div(values.index_select(0, axes).sqrt())
            .MoveToOuterDisposeScope();
    }
}
