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

    // Of each bound that two samples share: one half for the non-members, one for the members.
    private const double HalfAlpha = Alpha / 2;
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
        var (points, members, nonMembers) = (new List<RocPoint> { new(double.PositiveInfinity, 0, 0) }, 0L, 0L);
        foreach (var equal in scores.Zip(isMember).GroupBy(item => item.First).OrderByDescending(group => group.Key))
        {
            var own = equal.Count(item => item.Second);
            (members, nonMembers) = (members + own, nonMembers + equal.Count() - own);
            points.Add(new(equal.Key, nonMembers, members));
        }
        return new(points, members, nonMembers);
    }

    /// <summary>
    /// The true-positive rate of the lowest threshold whose false-positive rate is at most <paramref name="most"/>.
    /// Nothing is interpolated between thresholds. The interval, of at least 95 %, is of the rate that this choice has
    /// with as many non-members as one likes, so that it allows for both samples. The non-members: of them, a binomial
    /// number is above the true threshold, from k + 1 to k' but for 2.5 %, so that the threshold is between the lowest
    /// with at most k and the lowest with at most k' false positives. The members: Clopper's and Pearson's (1934)
    /// bounds of their shares above these two, each but for 1.25 %. Where even k = 0 is too many, the interval begins
    /// at 0.
    /// </summary>
    public RateAtFalsePositives At(double most)
    {
        // Counts, so that 0.1 % of 1,000 is exactly one example.
        var point = Lowest((long)Math.Floor(most * NonMembers * (1 + 1e-12)));
        var fewest = new Binomial(NonMembers, most).LargestRejected(HalfAlpha);
        var largest = NonMembers - 1 - new Binomial(NonMembers, 1 - most).LargestRejected(HalfAlpha);
        return new(most, point.FalsePositives, new(
            (int)Members, (double)point.TruePositives / Members,
            [
                fewest < 0 ? 0 : ClopperPearson.Lower(Lowest(fewest).TruePositives, Members, HalfAlpha),
                1 - ClopperPearson.Lower(Members - Lowest(largest).TruePositives, Members, HalfAlpha),
            ]));
    }

    /// <summary>The point of the lowest threshold with at most so many false positives.</summary>
    private RocPoint Lowest(long allowed) => Points.Last(point => point.FalsePositives <= allowed);

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
