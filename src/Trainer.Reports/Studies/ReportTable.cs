namespace Trainer.Reports.Studies;

/// <summary>A table of a study's report, for any of its formats.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Note">What a reader must know of it.</param>
/// <param name="Headings">The columns.</param>
/// <param name="Rows">The rows.</param>
internal sealed record ReportTable(
    string Title, string Note, IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows);
