using Trainer.Engine.Evaluation.Verification;
using Trainer.Recipes;
using Trainer.Reports.Charts;
using Trainer.Reports.Markup;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Reports.Pages;

/// <summary>Verified accuracy of networks, beside their accuracy under the recorded attacks.</summary>
internal static class VerificationSection
{
    /// <summary>The section; empty without verifications.</summary>
    /// <param name="records">Each verification with the name of its network, by growing radii.</param>
    public static Html Of(IReadOnlyList<(string Name, VerificationRecord Record)> records) =>
        records.Count == 0 ? Html.Empty : Html.Of($"""
            <h3>Verified accuracy</h3>
            <p>Bounds on the logits: an image is verified if no admissible perturbation changes its class. It is open if it is not verified, is classified correctly, and no recorded attack under this threat model or a smaller radius succeeded. Under attack: of the images that a recorded attack under this threat model looked at, the share that none broke. On the same images, robust accuracy is at least the verified one and at most that under attack.</p>
            {Contradictions(records)}<div class="charts">
            {records.Where(one => !one.Record.IsSuperseded).GroupBy(one => one.Record.Result.Threat.Norm).Select(norm => Chart(norm.Key, [.. norm]).Draw())}<div class="wide whole"><table>
            <thead><tr><th scope="col">weights</th><th scope="col">bounds</th><th scope="col">threat model</th><th class="n" scope="col">images</th><th class="n" scope="col">verified</th><th scope="col">interval</th><th class="n" scope="col">attacked images</th><th class="n" scope="col">under attack</th><th class="n" scope="col">open</th><th class="n" scope="col">clean</th></tr></thead>
            <tbody>
            {records.Select(one => one.Record.IsSuperseded ? Superseded(one.Name, one.Record) : Row(one.Name, one.Record))}</tbody></table></div>
            </div>

            """);

    private static Html Contradictions(IReadOnlyList<(string Name, VerificationRecord Record)> records) => Html.Join(
        records.Where(one => !one.Record.IsSuperseded && one.Record.Result.Contradictions.Count > 0).Select(one => Html.Of($"""
            <p class="verdict-flagged">Images that are verified by {one.Record.Result.Method} although an attack broke them: {Format.Count(one.Record.Result.Contradictions.Count)} of {one.Name}, such as {one.Record.Result.Contradictions[0]}. The bounds or the attack are wrong.</p>

            """)));

    private static Html Superseded(string name, VerificationRecord record) => Html.Of($"""
        <tr><th scope="row">{name}</th><td>{record.Result.Method}</td><td class="i">{Format.ThreatOfIdentity(record.Identity.Threat)}</td><td class="n">{Format.Count(record.Result.Examples.Count)}</td><td colspan="6">computed by an earlier version, whose bounds do not count any more: verify again</td></tr>

        """);

    private static Html Row(string name, VerificationRecord record)
    {
        var result = record.Result;
        return Html.Of($"""
            <tr><th scope="row">{name}</th><td>{result.Method}</td><td class="i">{Format.ThreatOfIdentity(record.Identity.Threat)}</td><td class="n">{Format.Count(result.Examples.Count)}</td><td class="n strong">{Format.Percent(result.Verified.Value)}</td><td class="i">{Format.Interval(result.Verified.Interval)}</td><td class="n">{Format.Count(result.UnderAttack?.Examples ?? 0)}</td><td class="n">{Format.Percent(result.UnderAttack?.Value)}</td><td class="n">{Format.Percent(result.Open.Value)}</td><td class="n">{Format.Percent(result.Clean.Value)}</td></tr>

            """);
    }

    /// <summary>A line of verified accuracy for each network, method and set of images.</summary>
    private static LineChart Chart(Norm norm, IReadOnlyList<(string Name, VerificationRecord Record)> records)
    {
        var lines = records.GroupBy(one => (one.Name, one.Record.Result.Method, one.Record.Identity.Examples)).ToList();
        var several = lines.Select(line => line.Key.Name).Distinct().Count() > 1;
        var names = SeriesNames.Of([.. lines.Select(line => (string[])[
            several ? $"{line.Key.Name}, {line.Key.Method}" : line.Key.Method,
            Quantity.Of(line.First().Record.Result.Examples.Count, "image")])]);
        var axis = $"ε in {Format.Norm($"{norm}")}";
        return new()
        {
            Id = $"verified-{norm}",
            Title = $"Verified accuracy against {axis}",
            Description = string.Join("; ", lines.SelectMany((line, index) => line.Select(
                one => $"{names[index]}: {Words(one.Record.Result)}"))) + ".",
            Series = [.. lines.Select((line, index) => ChartSeries.Numbered(
                names[index], index,
                [Point(0, line.First().Record.Result.Clean), .. line.Select(one =>
                    Point(one.Record.Result.Threat.Epsilon, one.Record.Result.Verified))], dots: true))],
            XLabel = axis,
            IsShare = true,
            XFromZero = true,
            Range = (0, 1),
        };
    }

    private static string Words(VerificationResult result) =>
        $"{Format.Percent(result.Verified.Value)} at {Format.Number(result.Threat.Epsilon)}";

    private static ChartPoint Point(double epsilon, Accuracy accuracy) =>
        new(epsilon, accuracy.Value, accuracy.Interval.Low, accuracy.Interval.High);
}
