using Trainer.Reports.Markup;
using Trainer.Robustness.Metrics;

namespace Trainer.Reports.Comparison;

/// <summary>Two runs' evaluations held against each other, example by example.</summary>
/// <param name="First">The first run.</param>
/// <param name="Second">The second run.</param>
/// <param name="Checkpoint">"best" or "last".</param>
/// <param name="Attack">The attack of both; null where they cannot be compared.</param>
/// <param name="Examples">How many examples both were measured on.</param>
/// <param name="Clean">Who is right on the clean images.</param>
/// <param name="Robust">Who withstands the attack.</param>
/// <param name="Obstacle">Why they cannot be compared; null where they can.</param>
/// <param name="Threat">The threat model of both; null where they cannot be compared.</param>
internal sealed record EvaluatedPair(
    string First, string Second, string Checkpoint, string? Attack, int Examples, McNemar Clean, McNemar Robust,
    string? Obstacle, string? Threat = null)
{
    /// <summary>What the verdicts are about: attack and threat model.</summary>
    public string Images => $"{Attack}, {Threat}";

    /// <summary>
    /// Compares the evaluations of two runs' checkpoints: each of the first's with its match in the
    /// second's.
    /// </summary>
    /// <param name="checkpoint">"best" or "last".</param>
    /// <param name="first">The first run's name and evaluations.</param>
    /// <param name="second">The second's.</param>
    public static IEnumerable<EvaluatedPair> Of(
        string checkpoint, (string Name, IReadOnlyList<EvaluationRecord> Evaluations) first,
        (string Name, IReadOnlyList<EvaluationRecord> Evaluations) second)
    {
        if (first.Evaluations.Count == 0 || second.Evaluations.Count == 0)
        {
            var without = string.Join(
                " and ", new[] { first, second }.Where(run => run.Evaluations.Count == 0).Select(run => run.Name));
            return [Not(
                $"{without} has no finished evaluation of its {checkpoint} checkpoint: trainer evaluate makes one")];
        }
        var pairs = first.Evaluations.Select(evaluation => (evaluation,
            Match: second.Evaluations.FirstOrDefault(other => Differences(evaluation, other).Count == 0)))
            .Where(pair => pair.Match is not null).Select(pair => Compare(pair.evaluation, pair.Match!)).ToList();
        if (pairs.Count > 0)
            return pairs;
        // The reason of the nearest one.
        var nearest = first.Evaluations.SelectMany(evaluation => second.Evaluations.Select(
            other => Differences(evaluation, other))).MinBy(differences => differences.Count);
        return [Not($"no evaluation of the one is comparable with one of the other: {string.Join("; ", nearest!)}")];

        EvaluatedPair Compare(EvaluationRecord one, EvaluationRecord other) => new(
            first.Name, second.Name, checkpoint, one.Label, one.Last.Count,
            McNemar.Of([.. one.Clean.Select(example => example.BrokenBy is null)],
            [.. other.Clean.Select(example => example.BrokenBy is null)]),
            McNemar.Of([.. one.Last.Select(example => example.BrokenBy is null)],
            [.. other.Last.Select(example => example.BrokenBy is null)]),
            null, Format.ThreatOfIdentity(one.Identity.Threat));

        EvaluatedPair Not(string obstacle) =>
            new(first.Name, second.Name, checkpoint, null, 0, default, default, obstacle);
    }

    /// <summary>
    /// In what two evaluations differ that makes their verdicts incomparable; the weights are what is compared.
    /// </summary>
    internal static IReadOnlyList<string> Differences(EvaluationRecord first, EvaluationRecord second)
    {
        var (one, other) = (first.Identity, second.Identity);
        var found = new List<string>();
        if (one.Data != other.Data)
            found.Add($"other data ({Short(one.Data)} and {Short(other.Data)})");
        if (one.Threat != other.Threat)
            found.Add(
                $"other threat models ({Format.ThreatOfIdentity(one.Threat)} and "
                + $"{Format.ThreatOfIdentity(other.Threat)})");
        if (!one.Attacks.SequenceEqual(other.Attacks))
            found.Add($"other attacks ({Named(first, second)})");
        if (one.Examples != other.Examples || !first.Last.Select(example => example.Index)
            .SequenceEqual(second.Last.Select(example => example.Index)))
            found.Add($"other examples ({first.Last.Count} and {second.Last.Count})");
        return found;
    }

    /// <summary>Names where they differ, else everything that the attacks are set to.</summary>
    private static string Named(EvaluationRecord first, EvaluationRecord second) => first.Label != second.Label
        ? $"{first.Label} and {second.Label}"
        : $"{string.Join(" + ", first.Identity.Attacks)} and {string.Join(" + ", second.Identity.Attacks)}";

    private static string Short(string hash) => hash[..Math.Min(12, hash.Length)];
}
