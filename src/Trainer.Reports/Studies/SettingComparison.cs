using Trainer.Reports.Comparison;
using Trainer.Robustness.Metrics;

namespace Trainer.Reports.Studies;

/// <summary>Two settings held against each other under one measure, by the seeds that both have.</summary>
/// <param name="First">The first setting.</param>
/// <param name="Second">The second one.</param>
/// <param name="Measure">The measure.</param>
/// <param name="Clean">Differences in clean accuracy.</param>
/// <param name="Robust">Differences in robust accuracy.</param>
/// <param name="Images">
/// How many images the first setting withstands the attack on with more of the seeds than the second, and the reverse:
/// each image counts once. With one seed, its exact sign test is McNemar's. Null where ledgers are missing or differ.
/// </param>
internal sealed record SettingComparison(
    SettingRecord First, SettingRecord Second, Measure Measure, PairedDifferences Clean, PairedDifferences Robust,
    McNemar? Images)
{
    /// <summary>Compares two settings; null where they share no seed.</summary>
    public static SettingComparison? Of(SettingRecord first, SettingRecord second, Measure measure)
    {
        var pairs = (from one in first.Cells
                     join other in second.Cells on one.Cell.Seed equals other.Cell.Seed
                     let tests = (One: one.Final(measure), Other: other.Final(measure))
                     where tests.One?.Robust is not null && tests.Other?.Robust is not null
                     select (One: one, Other: other, Tests: tests)).ToList();
        return pairs.Count == 0 ? null : new(
            first, second, measure,
            PairedDifferences.Of(
                [.. pairs.Select(pair => pair.Tests.One!.Clean ?? double.NaN)],
                [.. pairs.Select(pair => pair.Tests.Other!.Clean ?? double.NaN)], measure.Examples),
            PairedDifferences.Of(
                [.. pairs.Select(pair => pair.Tests.One!.Robust!.Value)],
                [.. pairs.Select(pair => pair.Tests.Other!.Robust!.Value)], measure.Examples),
            OnImages([.. pairs.Select(pair => (pair.One, pair.Other))], measure));
    }

    private static McNemar? OnImages(IReadOnlyList<(CellRecord One, CellRecord Other)> pairs, Measure measure)
    {
        // For each image: the seeds with which the first withstands, minus those with which the second does.
        var more = new Dictionary<long, int>();
        foreach (var (one, other) in pairs)
        {
            var match = (from evaluation in one.EvaluationsOf(measure)
                         from second in other.EvaluationsOf(measure)
                         where EvaluatedPair.Differences(evaluation, second).Count == 0
                         select (evaluation, second)).FirstOrDefault();
            if (match.evaluation is null)
                return null;
            foreach (var (example, counterpart) in match.evaluation.Last.Zip(match.second.Last))
                more[example.Index] = more.GetValueOrDefault(example.Index)
                    + (example.BrokenBy is null ? 1 : 0) - (counterpart.BrokenBy is null ? 1 : 0);
        }
        return new McNemar(more.Values.Count(sum => sum > 0), more.Values.Count(sum => sum < 0));
    }
}
