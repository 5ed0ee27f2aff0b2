using Trainer.Engine.Storage;
using Trainer.Engine.Studies;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Reports.Studies;

/// <summary>A study's report: a page, Markdown, LaTeX, and every raw value as CSV.</summary>
public sealed class StudyReport
{
    private const string FileName = "study";
    private readonly StudyRecord record;
    private readonly string folder;

    private StudyReport(StudyRecord record, string folder) => (this.record, this.folder) = (record, folder);

    /// <summary>The columns of <see cref="Rows"/>.</summary>
    public static IReadOnlyList<string> Headings => StudyTables.ResultHeadings;

    /// <summary>A row for each shown setting and final evaluation: mean ± deviation over seeds.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => StudyTables.Results(record, times: false).Rows;

    /// <summary>Reads the runs of a study. Changes nothing in them.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="registry">The components that recipes may name.</param>
    /// <param name="warn">Takes what cannot be read, and why.</param>
    public static StudyReport Of(Study study, StudyFolder folder, ComponentRegistry registry, Action<string> warn) =>
        new(StudyRecord.Read(study, folder, registry, warn), folder.Path);

    /// <summary>Writes study.html, study.md, study.csv and study.tex into the study's folder.</summary>
    /// <param name="times">Whether with time and memory; all else is the same for the same runs.</param>
    /// <returns>The files.</returns>
    /// <exception cref="TrainerException">One cannot be written.</exception>
    public IReadOnlyList<string> Write(bool times)
    {
        var tables = StudyTables.Of(record, times);
        return
        [
            Write(".html", StudyPage.Of(record, tables)), Write(".md", StudyMarkdown.Of(record.Study.Name, tables)),
            Write(".csv", StudyCsv.Of(record, times)), Write(".tex", StudyLatex.Of(tables[0])),
        ];
    }

    private string Write(string extension, string text)
    {
        var path = Path.Combine(folder, FileName + extension);
        AtomicFile.WriteResult(path, text);
        return path;
    }
}
