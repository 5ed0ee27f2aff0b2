using Trainer.Engine.Metrics;
using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>
/// The receiver operating characteristic of membership scores: an example counts as a member where its score is at
/// least a threshold. Examples of equal score are on one side of every threshold.
/// </summary>
internal sealed class RocCurve
{
    // Of each one-sided bound, so that both together hold with 95 %.
    private const double Alpha = 0.025;
    private const int PointsPerDecade = 40;

    private RocCurve(IReadOnlyList<RocPoint> points, long members, long nonMembers) =>
        (Points, Members, NonMembers) = (points, members, nonMembers);

    /// <summary>One point a threshold, from that above every score to the lowest score.</summary>
    public IReadOnlyList<RocPoint> Points { get; }

    /// <summary>How many examples are members.</summary>
    public long Members { get; }

    /// <summary>How many are not.</summary>
    public long NonMembers { get; }

    /// <summary>Makes the curve.</summary>
    /// <param name="scores">Higher is more likely a member; none is NaN.</param>
    /// <param name="isMember">The truth, of both kinds.</param>
    public static RocCurve Of(IReadOnlyList<double> scores, IReadOnlyList<bool> isMember)
    {
        var (points, members, others) = (new List<RocPoint> { new(double.PositiveInfinity, 0, 0) }, 0L, 0L);
        foreach (var equal in scores.Zip(isMember).GroupBy(item => item.First).OrderByDescending(group => group.Key))
        {
            var own = equal.Count(item => item.Second);
            (members, others) = (members + own, others + equal.Count() - own);
            points.Add(new(equal.Key, others, members));
        }
        return new(points, members, others);
    }

    /// <summary>
    /// The true-positive rate of the lowest threshold whose false-positive rate is at most <paramref name="most"/>.
    /// Nothing is interpolated between thresholds. The interval is that of Clopper and Pearson (1934) at 95 % for the
    /// members at this threshold; the others, who choose it, are a sample, too, so that it is too narrow for the rate at
    /// exactly <paramref name="most"/>.
    /// </summary>
    public RateAtFalsePositives At(double most)
    {
        // Counts, so that 0.1 % of 1,000 is exactly one example.
        var allowed = (long)Math.Floor(most * NonMembers * (1 + 1e-12));
        var point = Points.Last(point => point.FalsePositives <= allowed);
        return new(most, point.FalsePositives, new(
            (int)Members, (double)point.TruePositives / Members, Interval(point.TruePositives, Members)));
    }

    /// <summary>The interval of Clopper and Pearson (1934) of a share at 95 %.</summary>
    public static double[] Interval(long count, long of) =>
    [
        ClopperPearson.Lower(count, of, Alpha), 1 - ClopperPearson.Lower(of - count, of, Alpha),
    ];

    /// <summary>The curve with few points, for logarithmic axes: each is one of the curve's.</summary>
    /// <returns>The false- and the true-positive rate of each.</returns>
    public IReadOnlyList<double[]> Thinned()
    {
        // Of the points with the same number of false positives, the one with the most true ones.
        var corners = Points.GroupBy(point => point.FalsePositives).Select(group => group.Last());
        return [.. corners.GroupBy(Place).Select(group => group.Last())
            .Select(point => new[]
            {
                (double)point.FalsePositives / NonMembers, (double)point.TruePositives / Members,
            })];

        static int Place(RocPoint point) =>
            point.FalsePositives == 0 ? -1 : (int)(PointsPerDecade * Math.Log10(point.FalsePositives));
    }
}

/// <summary>What a threshold does.</summary>
/// <param name="Threshold">Scores of at least this count as members.</param>
/// <param name="FalsePositives">Non-members that do.</param>
/// <param name="TruePositives">Members that do.</param>
internal readonly record struct RocPoint(double Threshold, long FalsePositives, long TruePositives);

/// <summary>A true-positive rate at a low false-positive rate.</summary>
/// <param name="Most">The largest false-positive rate allowed.</param>
/// <param name="FalsePositives">The non-members that are taken for members there.</param>
/// <param name="Rate">The share of the members that are found, with its interval at 95 %.</param>
public sealed record RateAtFalsePositives(double Most, long FalsePositives, ShareMetrics Rate);
