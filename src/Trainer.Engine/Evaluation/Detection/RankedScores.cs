namespace Trainer.Engine.Evaluation.Detection;

/// <summary>How well scores separate two kinds of examples.</summary>
internal static class RankedScores
{
    /// <summary>
    /// The area under the ROC curve: the probability that a positive example has a higher score than a negative one,
    /// equal scores counting half (Mann and Whitney 1947); null where one kind is missing.
    /// </summary>
    public static double? Auc(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive) =>
        Auc(scores, isPositive, new long[scores.Count]);

    /// <summary>The same over the pairs of a positive and a negative example of one class.</summary>
    /// <param name="scores">Comparable within a class.</param>
    /// <param name="isPositive">The kind of each example.</param>
    /// <param name="classes">The class of each example.</param>
    public static double? Auc(
        IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive, IReadOnlyList<long> classes)
    {
        var (ordered, pairs) = (0.0, 0.0);
        foreach (var own in Enumerable.Range(0, scores.Count).GroupBy(place => classes[place]))
        {
            var positives = own.Count(place => isPositive[place]);
            pairs += (double)positives * (own.Count() - positives);
            var below = 0;
            foreach (var equal in own.GroupBy(place => scores[place]).OrderBy(group => group.Key))
            {
                var high = equal.Count(place => isPositive[place]);
                var low = equal.Count() - high;
                ordered += high * (below + 0.5 * low);
                below += low;
            }
        }
        return pairs == 0 ? null : ordered / pairs;
    }
}
