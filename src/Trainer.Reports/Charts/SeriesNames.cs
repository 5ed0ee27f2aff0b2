namespace Trainer.Reports.Charts;

/// <summary>Names by which lines can be distinguished, no longer than needed.</summary>
internal static class SeriesNames
{
    /// <summary>
    /// A name for each line: its first part, and of the further ones those in which it differs from another line of the
    /// same name.
    /// </summary>
    /// <param name="lines">The parts of each line's name, equally many.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<IReadOnlyList<string>> lines)
    {
        List<string> names = [.. lines.Select(parts => parts[0])];
        for (var part = 1; lines.Any(parts => parts.Count > part); part++)
        {
            var ambiguous = names.Zip(lines).GroupBy(line => line.First)
                .Where(same => same.Select(line => line.Second[part]).Distinct().Count() > 1)
                .Select(same => same.Key).ToHashSet();
            names = [.. names.Zip(lines).Select(
                line => ambiguous.Contains(line.First) ? $"{line.First}, {line.Second[part]}" : line.First)];
        }
        return names;
    }
}
