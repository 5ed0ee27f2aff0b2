namespace Trainer.Engine.Evaluation.Detection;

/// <summary>
/// Spectral signatures (Tran, Li and Madry 2018, arXiv:1811.00636): of each class, the squared projection of the
/// centred features on their first right singular vector; the 1.5 ρ n highest of each class are suspicious. The public
/// BackdoorBench projects the features without centring them, unlike the paper.
/// </summary>
/// <param name="rate">ρ: the largest share of a class that the defender expects to be poisoned.</param>
internal sealed class SpectralSignatures(double rate) : IDetector
{
    public string Name => "spectral";

    public string DefenderKnowledge => "the training images with their labels, the trained network, and a bound of the "
        + "poisoned share of a class";

    public bool ScoresWithinClass => true;

    public (string Found, string Remedy)? Obstacle(InspectedTraining training) => training.FeaturesObstacle;

    public Detection Run(InspectedTraining training)
    {
        var (scores, suspicious) = (new double[training.Labels.Count], new bool[training.Labels.Count]);
        foreach (var (_, places) in training.Classes)
        {
            using var features = training.Centred(places);
            var own = Scores(features);
            foreach (var (index, place) in places.Index())
                scores[place] = own[index];
            foreach (var index in Enumerable.Range(0, own.Length).OrderByDescending(index => own[index])
                .Take((int)Math.Min(own.Length - 1, Math.Round(1.5 * rate * own.Length))))
                suspicious[places[index]] = true;
        }
        return new(scores, suspicious);
    }

    /// <summary>The squared projection of each row on the first right singular vector.</summary>
    /// <param name="centred">Float64 [n, D], with mean 0.</param>
    public static double[] Scores(Tensor centred)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (_, vectors) = linalg.eigh(centred.t().mm(centred));
        // Eigenvalues rise: the last one is the largest.
        return centred.mm(vectors.narrow(1, vectors.shape[1] - 1, 1)).flatten().square().data<double>().ToArray();
    }
}
