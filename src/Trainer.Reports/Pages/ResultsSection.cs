using System.Globalization;
using Trainer.Engine.Metrics;
using Trainer.Reports.Charts;
using Trainer.Reports.Examinations;
using Trainer.Reports.Markup;
using Trainer.Robustness.Metrics;

namespace Trainer.Reports.Pages;

/// <summary>The results of a run: the final table, and what was measured beside it.</summary>
internal static class ResultsSection
{
    public static Html Of(RunRecord run) => Html.Of($"""
        <section>
        <h2>Results</h2>
        {Finals(run)}{WorstCaseSection.Of(run.Evaluations.Concat(run.Interrupted).Where(run.IsOwn))}{BackdoorSection.Of(run)}{PrivacySection.Of(run)}{Curve(run)}{CertificationSection.Of(WeightsNames.Of(run, run.Certifications))}{VerificationSection.Of(WeightsNames.Of(run, run.Verifications))}{AttackedSection.Of(run)}{CorruptionsSection.Of(run.Corruptions, run.State?.TestFingerprint)}{ChecksSection.Of(run.Checks, $"against {Format.Threat(run.Recipe)}{CheckedImages(run)}")}{StagesSection.Of(run.Evaluations)}</section>

        """);

    private static Html Finals(RunRecord run) => run.Finals.Count == 0
        ? Html.Of($"""<p class="none">The final evaluation on the test images has not been made.</p>""")
        : Html.Of($"""
            <p>Measured on test images, at which nothing had looked before: on the first ones, where the table does not say another subset. Intervals are Wilson’s, at 95 %: they say how much another sample of images would differ, not how much another attack or another seed would.</p>
            <div class="wide"><table>
            <thead><tr><th scope="col">checkpoint</th><th scope="col">attack</th><th scope="col">threat model</th><th class="n" scope="col">images</th><th class="n" scope="col">under attack</th><th scope="col">interval</th><th class="n" scope="col">clean</th><th scope="col">interval</th><th class="n" scope="col">clean, all test images</th></tr></thead>
            <tbody>
            {run.Finals.Select(line => Row(line, Format.Threat(line, run.Recipe)))}</tbody></table></div>
            <p class="note">Accuracy under an attack is an upper bound: a stronger attack may find what this one did not.</p>

            """);

    private static string CheckedImages(RunRecord run) =>
        (long?)run.Recipe["evaluate"]?["checks"] is { } images
            ? $", on the first {Math.Min(images, run.Finals.Max(line => line.AllTest?.Examples) ?? images)} test images"
            : "";

    private static Html Row(FinalMetrics line, string threat) => Html.Of($"""
        <tr><th scope="row">{line.Checkpoint}</th><td class="i">{Format.Attack(line)}</td><td class="i">{threat}</td><td class="n">{Format.Count(line.Test.Examples)}{(line.Subset is null ? "" : $" ({line.Subset})")}</td><td class="n strong">{Format.Percent(line.Test.Robust)}</td><td class="i">{(line.Test.Robust is null ? Format.None : Format.Interval(Format.RobustInterval(line.Test)))}</td><td class="n">{Format.Percent(line.Test.Clean)}</td><td class="i">{Format.Interval(Format.IntervalOf(line.Test.Clean, line.Test.Examples))}</td><td class="n">{Format.Percent(line.AllTest?.Clean)}{(line.AllTest is { } all ? $" of {Format.Count(all.Examples)}" : "")}</td></tr>

        """);

    private static Html Curve(RunRecord run)
    {
        if (run.Examination?.Curve is not { } curve)
            return Html.Empty;
        var norm = Format.Norm((string?)run.Recipe["threat"]?["norm"]);
        var epsilon = (double?)run.Recipe["threat"]?["epsilon"] ?? 0;
        var chart = new LineChart
        {
            Id = "radius",
            Title = $"Accuracy against ε, {curve.Attack}",
            Description = string.Join("; ", curve.Points.Select(point =>
                $"ε {Format.Number(point.Epsilon)}: {Format.Percent((double)point.Correct / curve.Examples)}")) + ".",
            Series = [Line(curve, "accuracy", 2)],
            XLabel = $"ε in {norm}",
            IsShare = true,
            Range = (0, 1),
            Marks = [new(epsilon, $"ε = {Format.Radius(epsilon)}")],
        };
        return Html.Of($"""
            <h3>Accuracy against the size of the perturbation</h3>
            <p>{curve.Attack} on the margin, one start, on the first {Format.Count(curve.Examples)} test images, with the weights of {run.Examination.Checkpoint}. An image that a smaller radius breaks counts as broken at every larger one. The band is the 95 % interval.</p>
            <div class="charts">
            <div>{chart.Draw()}</div>
            <div class="wide whole"><table>
            <thead><tr><th class="n" scope="col">ε</th><th class="n" scope="col">ε · 255</th><th class="n" scope="col">right</th><th class="n" scope="col">accuracy</th><th scope="col">95 % interval</th></tr></thead>
            <tbody>
            {curve.Points.Select(point => Html.Of($"""
                <tr><td class="n">{point.Epsilon.ToString("F4", CultureInfo.InvariantCulture)}</td><td class="n">{(255 * point.Epsilon).ToString("F1", CultureInfo.InvariantCulture)}</td><td class="n">{Format.Count(point.Correct)}</td><td class="n">{Format.Percent((double)point.Correct / curve.Examples)}</td><td class="i">{Format.Interval(new Accuracy(point.Correct, curve.Examples).Interval)}</td></tr>

                """))}</tbody></table></div>
            </div>

            """);
    }

    /// <summary>A curve as a line of a chart.</summary>
    internal static ChartSeries Line(RadiusCurve curve, string name, int colour) =>
        new(name, colour, [.. curve.Points.Select(point => Of(point, curve.Examples))], Dots: true);

    private static ChartPoint Of(RadiusPoint point, int examples)
    {
        var share = new Accuracy(point.Correct, examples);
        return new(point.Epsilon, share.Value, share.Interval.Low, share.Interval.High);
    }
}
