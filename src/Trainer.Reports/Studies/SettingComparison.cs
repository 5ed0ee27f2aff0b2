using Trainer.Engine.Studies;
using Trainer.Reports.Comparison;
using Trainer.Robustness.Metrics;

namespace Trainer.Reports.Studies;

/// <summary>Two settings held against each other under one measure, by the seeds that both have.</summary>
/// <param name="Seeds">How many seeds both were measured with, and how many both have.</param>
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
    SettingRecord First, SettingRecord Second, Measure Measure, (int Measured, int All) Seeds,
    PairedDifferences Clean, PairedDifferences Robust, McNemar? Images)
{
    /// <summary>
    /// Whether the guard stopped a run with a seed that both have: that has chosen the seeds that are left, and they
    /// have no p-value.
    /// </summary>
    public bool HasStoppedRuns => Shared.Any(cell => cell.Progress == CellProgress.Collapsed);

    /// <summary>Whether training collapsed with a seed that both have.</summary>
    public bool Collapsed => Shared.Any(cell => cell.Collapsed);

    private IEnumerable<CellRecord> Shared => First.Cells.Concat(Second.Cells)
        .GroupBy(cell => cell.Cell.Seed).Where(seed => seed.Count() == 2).SelectMany(seed => seed);

    /// <summary>Compares two settings; null where they share no seed.</summary>
    public static SettingComparison? Of(SettingRecord first, SettingRecord second, Measure measure)
    {
        var shared = (from one in first.Cells
                      join other in second.Cells on one.Cell.Seed equals other.Cell.Seed
                      select (One: one, Other: other, Tests: (One: one.Final(measure), Other: other.Final(measure))))
                      .ToList();
        var pairs = shared.Where(pair => pair.Tests is { One.Robust: not null, Other.Robust: not null }).ToList();
        return pairs.Count == 0 ? null : new(
            first, second, measure, (pairs.Count, shared.Count),
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
            var parts = one.PartsOf(measure).Select(part => Verdicts(one, other, part)).ToList();
            if (parts.Count == 0 || parts.Contains(null))
                return null;
            // Of several threat models: the images that were attacked under each, robust only under all.
            foreach (var image in parts.SelectMany(part => part!).GroupBy(verdict => verdict.Image)
                .Where(image => image.Count() == parts.Count))
                more[image.Key] = more.GetValueOrDefault(image.Key)
                    + (image.All(verdict => verdict.One) ? 1 : 0) - (image.All(verdict => verdict.Other) ? 1 : 0);
        }
        return new McNemar(more.Values.Count(sum => sum > 0), more.Values.Count(sum => sum < 0));
    }

    /// <summary>Which images each run withstands; null where the ledgers are missing or differ.</summary>
    private static List<(long Image, bool One, bool Other)>? Verdicts(
        CellRecord one, CellRecord other, Measure measure) =>
        (from first in one.EvaluationsOf(measure)
         from second in other.EvaluationsOf(measure)
         where EvaluatedPair.Differences(first, second).Count == 0
         select first.Last.Zip(second.Last, (example, counterpart) =>
             (example.Index, example.BrokenBy is null, counterpart.BrokenBy is null)).ToList()).FirstOrDefault();
}
