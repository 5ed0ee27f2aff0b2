namespace Trainer.Reports.Studies;

/// <summary>A study's report as Markdown.</summary>
internal static class StudyMarkdown
{
    public static string Of(string name, IReadOnlyList<ReportTable> tables) =>
        $"# {name}\n" + string.Concat(tables.Select(Table));

    private static string Table(ReportTable table) => $"\n## {table.Title}\n\n{table.Note}\n\n"
        + (table.Rows.Count == 0 ? "None.\n"
        : Line(table.Headings) + Line(table.Headings.Select(_ => "---")) + string.Concat(table.Rows.Select(Line)));

    private static string Line(IEnumerable<string> cells) =>
        $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n";
}
