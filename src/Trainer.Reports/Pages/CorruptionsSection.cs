using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>Accuracy under the common corruptions.</summary>
internal static class CorruptionsSection
{
    /// <summary>A table for each report; empty without any.</summary>
    /// <param name="reports">The reports.</param>
    /// <param name="data">The fingerprint of the run's own test images; null where it is not known.</param>
    public static Html Of(IReadOnlyList<CorruptionReport> reports, string? data) =>
        Html.Of($"{reports.Select(report => Of(report, data))}");

    private static Html Of(CorruptionReport report, string? data) => Html.Of($"""
        <h3>Common corruptions</h3>
        <p>Weights {Format.Short(report.Weights)}, the first {Format.Count(report.Clean.Examples)} test images{Of(report.Data, data)}{(report.Seed is { } seed ? $", seed {seed}" : "")}: {Format.Percent(report.Clean.Value)} as they are, {Format.Percent(report.Mean)} in the mean over the fifteen corruptions of Hendrycks and Dietterich 2019 at five severities. Constants of the public code for images of 32×32 (CIFAR-10-C), lengths scaled to these images; frost without its photographs.</p>
        <div class="wide"><table>
        <thead><tr><th scope="col">corruption</th>{Enumerable.Range(1, CorruptionReport.Severities).Select(severity => Html.Of($"""<th class="n" scope="col">severity {severity}</th>"""))}<th class="n" scope="col">mean</th></tr></thead>
        <tbody>
        {report.ByCorruption().Select(Row)}</tbody></table></div>

        """);

    private static string Of(string? measured, string? data) => measured is null ? ""
        : measured == data ? " of the run"
        : $" of {(data is null ? "the data set" : "another data set than the run’s,")} {Format.Short(measured)}";

    private static Html Row(IGrouping<string, CorruptionResult> row) => Html.Of($"""
        <tr><th class="i" scope="row">{row.Key}</th>{row.Select(result => Html.Of($"""<td class="n">{Format.Percent(result.Accuracy.Value)}</td>"""))}<td class="n strong">{Format.Percent(row.Average(result => result.Accuracy.Value))}</td></tr>

        """);
}
