namespace Trainer.Reports.Studies;

/// <summary>A table of a study's report for LaTeX, with the package booktabs.</summary>
internal static class StudyLatex
{
    public static string Of(ReportTable table) => $$"""
        % {{Text(table.Note)}}
        \begin{tabular}{{{new string('l', table.Headings.Count)}}}
        \toprule
        {{Line(table.Headings)}}
        \midrule
        {{string.Join('\n', table.Rows.Select(Line))}}
        \bottomrule
        \end{tabular}

        """.ReplaceLineEndings("\n");

    private static string Line(IEnumerable<string> cells) => string.Join(" & ", cells.Select(Text)) + @" \\";

    private static string Text(string text) => string.Concat(text.Select(character => character switch
    {
        '\\' => @"\textbackslash{}",
        '~' => @"\textasciitilde{}",
        '^' => @"\textasciicircum{}",
        '&' or '%' or '$' or '#' or '_' or '{' or '}' => $@"\{character}",
        '±' => @"$\pm$",
        '∞' => @"$_\infty$",
        '≤' => @"$\leq$",
        '†' => @"$^\dagger$",
        '–' => "--",
        '−' => "$-$",
        _ => $"{character}",
    }));
}
