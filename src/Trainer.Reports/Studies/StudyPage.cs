using Trainer.Reports.Charts;
using Trainer.Reports.Markup;
using Trainer.Reports.Pages;

namespace Trainer.Reports.Studies;

/// <summary>A study's report as a page.</summary>
internal static class StudyPage
{
    public static string Of(StudyRecord study, IReadOnlyList<ReportTable> tables) => Page.Of($"{study.Study.Name} · Trainer", Html.Of($"""
        <header>
        <h1>{study.Study.Name}</h1>
        <p class="lead">{study.Settings.Count} settings of {study.Study.Recipes.Count} recipes, {study.Cells.Count()} runs, {study.Cells.Count(cell => cell.HasEnded)} of them ended, {study.Cells.Count(cell => cell.Collapsed)} with a collapse of training</p>
        </header>
        <main>
        {Table(tables[0])}{Fronts(study)}{tables.Skip(1).Select(Table)}</main>

        """));

    private static Html Table(ReportTable table) => Html.Of($"""
        <section>
        <h2>{table.Title}</h2>
        <p>{table.Note}</p>
        {(table.Rows.Count == 0 ? Html.Of($"""<p class="none">None.</p>""") : Html.Of($"""
            <div class="wide"><table>
            <thead><tr>{table.Headings.Select(heading => Html.Of($"""<th scope="col">{heading}</th>"""))}</tr></thead>
            <tbody>
            {table.Rows.Select(row => Html.Of($"""
                <tr>{row.Select(cell => Html.Of($"<td>{cell}</td>"))}</tr>

                """))}</tbody></table></div>
            """))}
        </section>

        """);

    private static Html Fronts(StudyRecord study) => Html.Of($"""
        <section>
        <h2>Clean against robust accuracy</h2>
        <p>Means over seeds of the settings above. The line joins those that no other beats in both, without settings that have a stopped run.</p>
        <div class="charts">
        {study.MainMeasures.Select((measure, index) => Front(study, measure, index).Draw())}</div>
        </section>

        """);

    private static LineChart Front(StudyRecord study, Measure measure, int index)
    {
        var points = study.Shown.Where(setting => setting.Robust(measure).Count > 0)
            .Select(setting => (setting.Name, Setting: setting, Point: new ChartPoint(
                100 * setting.Clean(measure).Mean, setting.Robust(measure).Mean))).ToList();
        var front = StudyTables.Front(measure, study.Shown);
        return new()
        {
            Id = $"front-{index}",
            Title = $"{study.AttackOf(measure)}, {measure.Threat}, {measure.Checkpoint} checkpoints",
            Description = string.Join("; ", points.Select(item =>
                $"{item.Name}: {Format.Number(item.Point.X)} % clean, {Format.Percent(item.Point.Y)} robust")) + ".",
            Series =
            [
                new("front", ChartSeries.Colours, [.. points.Where(item => front.Contains(item.Setting))
                    .Select(item => item.Point).OrderBy(point => point.X)]),
                .. points.Select((item, place) => ChartSeries.Numbered(item.Name, place, [item.Point], dots: true)),
            ],
            XLabel = "clean accuracy, %",
            IsShare = true,
        };
    }
}
