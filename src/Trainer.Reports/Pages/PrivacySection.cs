using Trainer.Engine.Evaluation.Privacy;
using Trainer.Reports.Charts;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>What a privacy audit of the run found.</summary>
internal static class PrivacySection
{
    public static Html Of(RunRecord run) => run.Privacy is not { } report ? Html.Empty : Html.Of($"""
        <h3>Privacy audit</h3>
        <p>{Format.Count(report.Members)} members, images that the run was trained on, and as many non-members ({report.NonMembers}): how well an attacker separates them. TPR is the share of the members that are found where that share of the non-members, or less, is taken for members. Intervals are of at least 95 %: Clopper’s and Pearson’s of the balanced accuracy; those of TPR allow for the non-members, which choose the threshold, too. AUC and TPR are of one threshold for all classes. {Checkpoint(report)}{(report.Shadows == 0 ? "No shadow model was used" : $"{report.Shadows} shadow models were used")}.</p>
        <div class="wide"><table>
        <thead><tr><th scope="col">method</th><th scope="col">what the attacker knows</th><th class="n" scope="col">AUC</th><th class="n" scope="col">balanced accuracy</th><th scope="col">interval</th>{(report.Methods is [var first, ..] ? first.Rates : []).Select(rate => Html.Of($"""<th class="n" scope="col">TPR at {Format.Number(100 * rate.Most)} % FPR</th><th scope="col">interval</th>"""))}</tr></thead>
        <tbody>
        {report.Methods.Select(Row)}</tbody></table></div>
        <p class="note">{Accuracies(report)}Audits with stronger attacks may find more.</p>
        {Curve(report)}{Sheet(run, report)}
        """);

    private static string Checkpoint(PrivacyReport report) => report.Checkpoint is not { } checkpoint ? ""
        : $"The run’s {checkpoint} checkpoint was audited"
        + $"{(report.Shadows == 0 ? "" : ", and that of each shadow run")}. ";

    private static string Accuracies(PrivacyReport report) => string.Concat(report.Accuracies.Select(accuracy =>
        $"Accuracy on {accuracy.Images} images: {Format.Percent(accuracy.OnMembers)} of the members, "
        + $"{Format.Percent(accuracy.OnNonMembers)} of the non-members. "));

    private static Html Row(PrivacyReport.Method method) => Html.Of($"""
        <tr><th scope="row">{method.Name}</th><td>{method.AttackerKnowledge}</td><td class="n">{Format.Number(method.Auc)}</td><td class="n">{Format.Percent(method.Balanced.Value)}</td><td class="i">{Format.Interval((method.Balanced.Interval[0], method.Balanced.Interval[1]))}</td>{method.Rates.Select(rate => Html.Of($"""<td class="n strong">{Format.Percent(rate.Rate.Value)}</td><td class="i">{Format.Interval((rate.Rate.Interval[0], rate.Rate.Interval[1]))}</td>"""))}</tr>

        """);

    private static Html Curve(PrivacyReport report)
    {
        var least = 1.0 / Math.Max(1, report.Members);
        return new LineChart
        {
            Id = "privacy",
            Title = "Members found against non-members taken for them",
            Description = "True-positive rate against false-positive rate, both axes logarithmic. "
                + string.Concat(report.Methods.Select(method => $"{method.Name}: area {Format.Number(method.Auc)}. "))
                + "Guessing is the diagonal.",
            XLabel = "false-positive rate",
            IsShare = true,
            IsLogarithmic = true,
            Series =
            [
                .. report.Methods.Select((method, index) => ChartSeries.Numbered(
                    method.Name, index, [.. method.Roc.Select(point => new ChartPoint(point[0], point[1]))])),
                new("guessing", ChartSeries.Colours, [new(least, least), new(1, 1)], Dash: 2),
            ],
        }.Draw();
    }

    private static Html Sheet(RunRecord run, PrivacyReport report)
    {
        var path = Path.Combine(PrivacyReport.PathIn(run.Folder), PrivacyReport.SheetName);
        return !File.Exists(path) ? Html.Empty : Html.Of($"""
            <p>The {report.Exposed.Count} members of which {report.ExposedBy} is surest, the surest first:</p>
            <p><img alt="the most exposed members" style="max-width:100%" src="data:image/png;base64,{Convert.ToBase64String(File.ReadAllBytes(path))}"/></p>

            """);
    }
}
