namespace Trainer.Engine.Evaluation.Detection;

/// <summary>How well scores separate two kinds of examples.</summary>
internal static class RankedScores
{
    /// <summary>
    /// The area under the ROC curve: the probability that a positive example has a higher score than a negative one,
    /// equal scores counting half (Mann and Whitney 1947); null where one kind is missing.
    /// </summary>
    public static double? Auc(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive)
    {
        var positives = isPositive.Count(one => one);
        var negatives = isPositive.Count - positives;
        if (positives == 0 || negatives == 0)
            return null;
        var (sum, below) = (0.0, 0);
        foreach (var equal in scores.Zip(isPositive).GroupBy(item => item.First).OrderBy(group => group.Key))
        {
            var own = equal.Count(item => item.Second);
            var others = equal.Count() - own;
            sum += own * (below + 0.5 * others);
            below += others;
        }
        return sum / positives / negatives;
    }
}
