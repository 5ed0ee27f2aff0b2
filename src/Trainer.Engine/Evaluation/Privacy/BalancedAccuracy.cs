using Trainer.Engine.Data;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>
/// The balanced accuracy, the mean of true-positive and true-negative rate, of a threshold that is chosen on one half
/// of the examples and measured on the other, for both halves in turn. Song et al. (2019, arXiv:1905.10291) and the
/// code of LiRA choose and measure on the same examples, which finds more than there is.
/// </summary>
internal static class BalancedAccuracy
{
    /// <summary>Measures it.</summary>
    /// <param name="scores">Higher is more likely a member.</param>
    /// <param name="isMember">The truth.</param>
    /// <param name="groups">
    /// Each group gets a threshold of its own, such as each class; null for one threshold. A group without both kinds
    /// in the half that chooses gets the threshold of all.
    /// </param>
    /// <param name="key">Divides the examples into halves, members and non-members apart.</param>
    /// <returns>How many members and how many non-members are recognised.</returns>
    public static (long Members, long NonMembers) Count(
        IReadOnlyList<double> scores, IReadOnlyList<bool> isMember, IReadOnlyList<long>? groups, RandomKey key)
    {
        var (members, nonMembers) = (0L, 0L);
        var isFirst = Halves(isMember, key);
        foreach (var first in (bool[])[true, false])
        {
            var chosen = Enumerable.Range(0, scores.Count).Where(place => isFirst[place] == first).ToList();
            var common = Threshold(scores, isMember, chosen) ?? double.PositiveInfinity;
            var own = groups is null ? [] : chosen.GroupBy(place => groups[place]).ToDictionary(
                group => group.Key, group => Threshold(scores, isMember, [.. group]) ?? common);
            for (var place = 0; place < scores.Count; place++)
            {
                if (isFirst[place] == first)
                    continue;
                var threshold = groups is null ? common : own.GetValueOrDefault(groups[place], common);
                if (scores[place] >= threshold && isMember[place])
                    members++;
                else if (scores[place] < threshold && !isMember[place])
                    nonMembers++;
            }
        }
        return (members, nonMembers);
    }

    /// <summary>
    /// The highest threshold with the largest balanced accuracy on some examples; null where they are of one kind.
    /// </summary>
    public static double? Threshold(
        IReadOnlyList<double> scores, IReadOnlyList<bool> isMember, IReadOnlyList<int> places)
    {
        var curve = RocCurve.Of(
            [.. places.Select(place => scores[place])], [.. places.Select(place => isMember[place])]);
        // The counts are whole: rates would differ in their last bits.
        return curve.Members == 0 || curve.NonMembers == 0 ? null : curve.Points.MaxBy(point =>
            point.TruePositives * curve.NonMembers - point.FalsePositives * curve.Members).Threshold;
    }

    /// <summary>Half of the members and half of the non-members.</summary>
    private static bool[] Halves(IReadOnlyList<bool> isMember, RandomKey key)
    {
        var first = new bool[isMember.Count];
        foreach (var kind in (bool[])[true, false])
        {
            int[] places = [.. Enumerable.Range(0, isMember.Count).Where(place => isMember[place] == kind)];
            // The names decide the draws.
            foreach (var index in Permutation.Of(key.With(kind ? "members" : "others"), places.Length)
                .Take(places.Length / 2))
                first[places[index]] = true;
        }
        return first;
    }
}
