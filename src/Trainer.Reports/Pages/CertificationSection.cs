using Trainer.Engine.Evaluation.Certification;
using Trainer.Recipes;
using Trainer.Reports.Charts;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>Certified accuracy of smoothed networks against the radius.</summary>
internal static class CertificationSection
{
    private const int Steps = 100;

    /// <summary>The section; empty without certifications.</summary>
    /// <param name="records">Each certification with the name of its network.</param>
    public static Html Of(IReadOnlyList<(string Name, CertificationRecord Record)> records)
    {
        if (records.Count == 0)
            return Html.Empty;
        var names = SeriesNames.Of([.. records.Select(one => Names(one.Name, one.Record.Result))]);
        var columns = records.SelectMany(one => one.Record.Result.Radii).Distinct().Order().ToList();
        var isAttacked = records.Any(one => one.Record.Result.Attacks.Count > 0);
        return Html.Of($"""
            <h3>Certified accuracy of the smoothed network</h3>
            <p>Randomised smoothing (Cohen et al. 2019): the share of test images whose right class is certified for every perturbation within the L2 radius. A certificate is wrong with probability α at most. ACR is the mean radius, 0 where an image is wrong or abstained on. Intervals are Wilson’s, at 95 %.{(isAttacked ? " Under attack: the share of the images whose right class is certified, for whatever radius, and is still predicted after the attack." : "")}</p>
            <div class="charts">
            <div>{Chart([.. names.Zip(records.Select(one => one.Record.Result))]).Draw()}</div>
            <div class="wide whole"><table>
            <thead><tr><th scope="col">weights</th><th class="n" scope="col">σ</th><th class="n" scope="col">n</th><th class="n" scope="col">α</th><th class="n" scope="col">images</th><th class="n" scope="col">ACR</th>{columns.Select(radius => Html.Of($"""<th class="n" scope="col">at {Format.Number(radius)}</th>"""))}{(isAttacked ? Html.Of($"""<th scope="col">under attack</th>""") : Html.Empty)}</tr></thead>
            <tbody>
            {records.Select(one => Row(one.Name, one.Record.Result, columns, isAttacked))}</tbody></table></div>
            </div>

            """);
    }

    private static Html Row(string name, CertificationResult result, List<double> columns, bool isAttacked) => Html.Of($"""
        <tr><th scope="row">{name}</th><td class="n">{Format.Number(result.Options.Sigma)}</td><td class="n">{Format.Count(result.Options.N)}</td><td class="n">{Format.Number(result.Options.Alpha)}</td><td class="n">{Format.Count(result.Examples.Count)}</td><td class="n strong">{Format.Number(result.AverageRadius)}</td>{columns.Select(radius => Html.Of($"""<td class="n">{Format.Percent(result.Certified(radius).Value)}<br/><small>{Format.Interval(result.Certified(radius).Interval)}</small></td>"""))}{(isAttacked ? Html.Of($"<td>{Attacks(result)}</td>") : Html.Empty)}</tr>

        """);

    private static Html Attacks(CertificationResult result) => result.Attacks.Count == 0 ? Html.Of($"{Format.None}")
        : Html.Join(result.Attacks.Select((attack, index) => Html.Of($"""{(index == 0 ? Html.Empty : new("<br/>"))}{Words(attack)}""")));

    private static string Words(SmoothedAttackResult attack) =>
        $"{attack.Attack}, {Format.Threat(attack.Threat.Norm, attack.Threat.Epsilon)}: "
        + $"{Format.Percent(attack.Accuracy)} ({Format.Interval((attack.Interval95[0], attack.Interval95[1]))})"
        + (attack.Contradictions.Count == 0 ? ""
            : $"; {Quantity.Of(attack.Contradictions.Count, "image")} moved within the certified radius");

    private static LineChart Chart(IReadOnlyList<(string Name, CertificationResult Result)> lines)
    {
        var longest = lines.Max(one => one.Result.CertifiedRadii is [.., var last] ? last : 0);
        return new()
        {
            Id = "certified",
            Title = "Certified accuracy against the L2 radius",
            Description = string.Join("; ", lines.Select(one => $"{one.Name}: "
                + string.Join(", ", one.Result.Radii.Select(radius =>
                    $"{Format.Percent(one.Result.Certified(radius).Value)} at {Format.Number(radius)}")))) + ".",
            Series = [.. lines.Select((one, index) => ChartSeries.Numbered(
                one.Name, index, Points(one.Result, longest)))],
            XLabel = "radius in L2",
            IsShare = true,
            XFromZero = true,
            Range = (0, 1),
        };
    }

    private static IReadOnlyList<string> Names(string name, CertificationResult result) =>
        [$"{name}, σ {Format.Number(result.Options.Sigma)}", $"n {Format.Count(result.Options.N)}",
            Quantity.Of(result.Examples.Count, "image"), $"α {Format.Number(result.Options.Alpha)}",
            // Such as with another seed.
            $"ledger {Path.GetFileName(result.Folder)}"];

    private static IReadOnlyList<ChartPoint> Points(CertificationResult result, double longest) =>
        [.. Enumerable.Range(0, Steps + 1).Select(step => step * longest / Steps).Select(radius =>
        {
            var certified = result.Certified(radius);
            return new ChartPoint(radius, certified.Value, certified.Interval.Low, certified.Interval.High);
        })];
}
