using Trainer.Robustness.Metrics;
using Normal = MathNet.Numerics.Distributions.Normal;

namespace Trainer.Robustness.Smoothing;

/// <summary>How often each class was the network's prediction for an image with noise.</summary>
/// <param name="Counts">Of each class.</param>
public sealed record Votes(IReadOnlyList<long> Counts)
{
    /// <summary>The number of draws.</summary>
    public long Total => Counts.Sum();

    /// <summary>The class of most votes; of several the first.</summary>
    public int Top => Counts.Index().MaxBy(count => count.Item).Index;

    /// <summary>
    /// The class that the smoothed network predicts (Predict of Cohen et al. 2019, arXiv:1902.02918): the one of most
    /// votes, unless the exact two-sided binomial test of the two largest counts cannot tell which is the larger.
    /// </summary>
    /// <param name="alpha">α: the probability with which the prediction may be wrong.</param>
    /// <returns>The class; null where the prediction abstains.</returns>
    public int? Predict(double alpha)
    {
        var largest = Counts.OrderDescending().Take(2).ToArray();
        return Binomial.TwoSidedEqual(largest[0], largest[1]) <= alpha ? Top : null;
    }

    /// <summary>
    /// The certificate of a class that other draws have selected (Certify of Cohen et al. 2019): by the one-sided
    /// Clopper-Pearson bound p of the class's probability, the radius σ · Φ⁻¹(p) in L2.
    /// </summary>
    /// <param name="selected">The class.</param>
    /// <param name="options">σ and α.</param>
    public Certificate Certify(int selected, SmoothingOptions options)
    {
        var bound = ClopperPearson.Lower(Counts[selected], Total, options.Alpha);
        return new(selected, this, bound >= 0.5 ? options.Sigma * Normal.InvCDF(0, 1, bound) : null);
    }

    /// <summary>These votes and others for the same image.</summary>
    internal Votes Plus(Votes other) => new([.. Counts.Zip(other.Counts, (one, another) => one + another)]);
}
