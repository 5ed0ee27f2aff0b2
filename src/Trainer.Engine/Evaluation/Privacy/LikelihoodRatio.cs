using MathNet.Numerics.Statistics;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>
/// LiRA (Carlini et al. 2022, arXiv:2112.03570): the logit-scaled confidence of the target under Gaussians of shadow
/// models, some trained with the example and some without. The paper's Gaussian has the mean and the variance of their
/// confidences. Here, as in the authors' code, its centre is their median, and its variance is about their mean
/// (numpy's median and std). With few shadow models all examples share one deviation: in the authors' code that of all
/// confidences of all examples, which also counts how the examples differ from one another; here the root of the mean
/// variance of the examples. Where both Gaussians have the same deviation, the order of the scores does not depend on
/// it. The authors query augmented images, too; here each image is queried as it is.
/// </summary>
/// <param name="shadows">The shadow models, each with the same examples.</param>
internal sealed class LikelihoodRatio(IReadOnlyList<ShadowSignals> shadows)
{
    /// <summary>With fewer shadow models, all examples share one deviation.</summary>
    public const int LeastForOwnDeviation = 64;

    private const double LeastDeviation = 1e-30;

    /// <summary>The online attack: log N(φ; in) − log N(φ; out), with shadow models of both kinds.</summary>
    /// <param name="phi">Of the target, for each example.</param>
    public double[] Online(IReadOnlyList<double> phi)
    {
        var (with, without) = (Sides(member: true), Sides(member: false));
        if (shadows.Count < LeastForOwnDeviation)
        {
            var shared = Pooled([.. with, .. without]);
            (with, without) = ([.. with.Select(side => side with { Deviation = shared })],
                [.. without.Select(side => side with { Deviation = shared })]);
        }
        return [.. phi.Select((value, place) => with[place].LogDensity(value) - without[place].LogDensity(value))];
    }

    /// <summary>
    /// The offline attack: how many deviations φ is above the centre of shadow models without the example. Of the same
    /// Gaussian that is the order of the paper's 1 − Pr[Z &gt; φ], which rounds to 1. The authors' code takes the
    /// density of φ there, for which a confidence far below is evidence of membership, too; the paper's test is
    /// one-sided.
    /// </summary>
    /// <inheritdoc cref="Online"/>
    public double[] Offline(IReadOnlyList<double> phi)
    {
        var without = Sides(member: false);
        var shared = Pooled(without);
        var isOwn = shadows.Count >= LeastForOwnDeviation;
        return [.. phi.Select((value, place) =>
            (value - without[place].Centre) / Math.Max(isOwn ? without[place].Deviation : shared, LeastDeviation))];
    }

    /// <summary>The Gaussians of the shadow models that were trained with, or without, each example.</summary>
    private Gaussian[] Sides(bool member) => [.. Enumerable.Range(0, shadows[0].Phi.Length).Select(place =>
        Gaussian.Of([.. shadows.Where(shadow => shadow.IsMember[place] == member)
            .Select(shadow => shadow.Phi[place])]))];

    private static double Pooled(Gaussian[] sides)
    {
        var counted = sides.Sum(side => side.Count);
        return Math.Max(Math.Sqrt(sides.Sum(side => side.Count * side.Deviation * side.Deviation) / counted),
            LeastDeviation);
    }

    /// <summary>A Gaussian that was fitted.</summary>
    /// <param name="Centre">The median.</param>
    /// <param name="Deviation">The root of the mean squared distance from the mean.</param>
    /// <param name="Count">Of so many values.</param>
    private readonly record struct Gaussian(double Centre, double Deviation, int Count)
    {
        public static Gaussian Of(double[] values) => values.Length == 0
            ? throw new ArgumentException("Found an example without such a shadow model, expected one at least.")
            : new(values.Median(), values.PopulationStandardDeviation(), values.Length);

        /// <summary>Without the constant that both have.</summary>
        public double LogDensity(double value)
        {
            var deviation = Math.Max(Deviation, LeastDeviation);
            var distance = (value - Centre) / deviation;
            return -0.5 * distance * distance - Math.Log(deviation);
        }
    }
}
