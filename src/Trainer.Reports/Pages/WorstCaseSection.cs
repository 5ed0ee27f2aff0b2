using Trainer.Reports.Markup;
using Trainer.Robustness.Metrics;

namespace Trainer.Reports.Pages;

/// <summary>The worst case over every recorded evaluation of some weights.</summary>
internal static class WorstCaseSection
{
    private const string AllCommon = "all, common images";

    /// <summary>The section; empty where no weights have several evaluations.</summary>
    /// <param name="evaluations">Evaluations of any weights, interrupted ones among them.</param>
    public static Html Of(IEnumerable<EvaluationRecord> evaluations)
    {
        var tables = evaluations.Where(record => record.HasAttack).GroupBy(record => record.Identity.Weights)
            .SelectMany(same => WorstCase.UnderEach([.. same])
                .Where(threats => threats.Count > 1 || threats.Any(worst => worst.Counted.Count > 1))
                .Select(threats => (Weights: Format.Short(same.Key), Threats: threats))).ToList();
        return tables.Count == 0 ? Html.Empty : Html.Of($"""
            <h3>Worst case over all evaluations</h3>
            <p>An image counts as robust only if no recorded evaluation of the same weights misclassified it, under the threat model or a smaller radius in its norm. Interrupted evaluations and masking checks count, but have no row. Found alone: images that this evaluation’s attacks alone made misclassified, of those that another evaluation attacked, too. All, common images: those that every evaluation of the same weights under the same threat model looked at.</p>
            <div class="wide"><table>
            <thead><tr><th scope="col">weights</th><th scope="col">threat model</th><th scope="col">evaluation</th><th class="n" scope="col">images</th><th class="n" scope="col">under attack</th><th class="n" scope="col">worst case</th><th scope="col">interval</th><th class="n" scope="col">found alone</th></tr></thead>
            <tbody>
            {tables.Select(one => Html.Of($"""{one.Threats.Where(worst => worst.Counted.Count > 1).Select(worst => Rows(one.Weights, worst))}{UnderAll(one.Weights, one.Threats)}"""))}</tbody></table></div>

            """);
    }

    private static Html Rows(string weights, WorstCase worst)
    {
        var threat = ThreatOf(worst);
        return Html.Of($"""
            {worst.Evaluations.Select(row => Row(weights, threat, row.Attack, row.WorstCase, Format.Percent(row.Robust.Value), Format.Count(row.FoundAlone)))}{Row(weights, threat, AllCommon, worst.Accuracy, "", "")}
            """);
    }

    /// <summary>The row of all threat models together; empty for one.</summary>
    private static Html UnderAll(string weights, IReadOnlyList<WorstCase> threats) => threats.Count < 2 ? Html.Empty
        : Row(weights, string.Join(" and ", threats.Select(ThreatOf)), AllCommon, WorstCase.UnderAll(threats), "", "");

    private static string ThreatOf(WorstCase worst) => Format.Threat($"{worst.Threat.Norm}", worst.Threat.Epsilon);

    private static Html Row(
        string weights, string threat, string evaluation, Accuracy accuracy, string robust, string alone)
    {
        var any = accuracy.Examples > 0;
        return Html.Of($"""
            <tr><th scope="row"><code>{weights}</code></th><td class="i">{threat}</td><td>{evaluation}</td><td class="n">{Format.Count(accuracy.Examples)}</td><td class="n">{robust}</td><td class="n strong">{Format.Percent(any ? accuracy.Value : null)}</td><td class="i">{Format.Interval(any ? accuracy.Interval : null)}</td><td class="n">{alone}</td></tr>

            """);
    }
}
