using Trainer.Engine.Evaluation.Detection;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>
/// RMIA (Zarifzadeh et al. 2024, arXiv:2312.03262), offline: the share of population images z with [p(x|θ) / p(x)] /
/// [p(z|θ) / p(z)] above γ = 1, as in the authors' code, where p(·|θ) is the target's confidence in the label and p(·)
/// = ½ [(1 + a) · mean + 1 − a], the mean over the shadow models without the image. The authors' code takes the largest
/// of the values without z, as many as half the models; here the mean is over all of them.
/// </summary>
/// <param name="shadows">The shadow models, each with the same examples and population.</param>
internal sealed class Rmia(IReadOnlyList<ShadowSignals> shadows)
{
    private const double DefaultA = 0.3;

    // Of the mean probability of another class, so that no ratio is infinite.
    private const double Most = 1 - 1e-15;

    /// <summary>The score of each example, from 0 to 1.</summary>
    /// <param name="target">The attacked model.</param>
    /// <param name="a">From 0 to 1: how much less sure models without the image are than those with it.</param>
    public double[] Scores(ShadowSignals target, double a)
    {
        var exampleErrors = Enumerable.Range(0, target.Phi.Length).Select(place => Mean(
            shadows.Where(shadow => !shadow.IsMember[place]).Select(shadow => shadow.Phi[place])));
        var populationErrors = Enumerable.Range(0, target.Population.Length).Select(place => Mean(
            shadows.Select(shadow => shadow.Population[place])));
        var ratios = Ratios(target.Population, populationErrors).Order().ToArray();
        return [.. Ratios(target.Phi, exampleErrors).Select(ratio => (double)Below(ratios, ratio) / ratios.Length)];

        // log p(x|θ) − log p(x), of the mean probability of another class, which does not round to 0 where p is 1.
        IEnumerable<double> Ratios(double[] phi, IEnumerable<double> errors) => phi.Zip(errors, (own, other) =>
            -LogitConfidence.Loss(own) - LogitConfidence.LogOnePlus(-Math.Min(Most, (1 + a) / 2 * other)));
    }

    /// <summary>
    /// The a, of 0, 0.1, …, 1, with which the first shadow model is attacked best (the largest AUC) by all others but
    /// the one on the complement of its half: that would have seen none of its members and all non-members. It is 0.3
    /// where they cannot attack it. The authors' code attacks the model on the complement of the target's half, which
    /// an attacker of one target does not have, by one reference model.
    /// </summary>
    public double ChooseA()
    {
        var others = shadows.Skip(1).Where(other => other.IsMember.Zip(shadows[0].IsMember)
            .Any(item => item.First == item.Second)).ToList();
        int[] places = [.. Enumerable.Range(0, shadows[0].Phi.Length)
            .Where(place => others.Exists(other => !other.IsMember[place]))];
        var (attacked, references) = (shadows[0].Only(places),
            new Rmia(others.ConvertAll(other => other.Only(places))));
        return attacked.IsMember.Distinct().Count() < 2 ? DefaultA
            : Enumerable.Range(0, 11).Select(tenths => tenths / 10.0)
                .MaxBy(a => RankedScores.Auc(references.Scores(attacked, a), attacked.IsMember));
    }

    private static double Mean(IEnumerable<double> phi) => phi.Average(LogitConfidence.ErrorProbability);

    /// <summary>How many of the ratios, which ascend, are below one.</summary>
    private static int Below(double[] ratios, double ratio)
    {
        var (low, high) = (0, ratios.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = ratios[middle] < ratio ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
