using System.Globalization;
using Trainer.Engine.Metrics;
using Trainer.Reports.Charts;
using Trainer.Reports.Comparison;
using Trainer.Reports.Examinations;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>The page that compares runs.</summary>
internal static class ComparePage
{
    /// <summary>The page. The same runs give the same page.</summary>
    public static string Of(RunComparison comparison) => Page.Of($"{string.Join(", ", comparison.Names)} · Trainer", Html.Of($"""
        <header>
        <h1>{comparison.Runs.Count} runs compared</h1>
        <p class="lead">{string.Join(", ", comparison.Names)}</p>
        </header>
        <main>
        {Results(comparison)}{Proved(comparison)}{Pairs(comparison)}{Curves(comparison)}{Recipes(comparison)}</main>

        """));

    /// <summary>"0.034", "6e-5".</summary>
    internal static string PValue(double p) => p >= 0.001 ? p.ToString("0.000", CultureInfo.InvariantCulture)
        : p < 1e-300 ? "< 1e-300" : p.ToString("0e+0", CultureInfo.InvariantCulture);

    private static Html Results(RunComparison comparison) => Html.Of($"""
        <section>
        <h2>Results</h2>
        <div class="wide"><table>
        <thead><tr><th scope="col">run</th><th scope="col">checkpoint</th><th scope="col">attack</th><th scope="col">threat model</th><th class="n" scope="col">images</th><th class="n" scope="col">under attack</th><th scope="col">interval</th><th class="n" scope="col">clean</th><th scope="col">interval</th></tr></thead>
        <tbody>
        {comparison.Runs.SelectMany((run, index) => run.Finals.Count == 0
            ? [Html.Of($"""<tr><th scope="row">{comparison.Names[index]}</th><td colspan="8" class="none">no final evaluation</td></tr>""")]
            : run.Finals.Select(line => Row(comparison.Names[index], line, Format.Threat(line, run.Recipe))))}</tbody></table></div>
        <p class="note">Intervals are Wilson’s, at 95 %, each run on its own. The next table shows better whether one run beats another on the same images.</p>
        </section>

        """);

    private static Html Row(string name, FinalMetrics line, string threat) => Html.Of($"""
        <tr><th scope="row">{name}</th><td>{line.Checkpoint}</td><td class="i">{Format.Attack(line)}</td><td class="i">{threat}</td><td class="n">{Format.Count(line.Test.Examples)}</td><td class="n strong">{Format.Percent(line.Test.Robust)}</td><td class="i">{(line.Test.Robust is null ? Format.None : Format.Interval(Format.RobustInterval(line.Test)))}</td><td class="n">{Format.Percent(line.Test.Clean)}</td><td class="i">{Format.Interval(Format.IntervalOf(line.Test.Clean, line.Test.Examples))}</td></tr>

        """);

    private static Html Pairs(RunComparison comparison) => Html.Of($"""
        <section>
        <h2>Verdicts on the same examples</h2>
        <p>Each two runs, example by example, by the ledgers of their evaluations. Only examples on which they differ count: those that one alone gets right against those that the other alone does. p is McNemar’s, exact and two-sided, not corrected for the number of rows; it says nothing of another seed.</p>
        <div class="wide"><table>
        <thead><tr><th scope="col">A</th><th scope="col">B</th><th scope="col">checkpoint</th><th scope="col">images</th><th class="n" scope="col">of</th><th class="n" scope="col">A alone</th><th class="n" scope="col">B alone</th><th class="n" scope="col">p</th></tr></thead>
        <tbody>
        {comparison.Pairs.Where(pair => pair.Obstacle is null).Select(Row)}</tbody></table></div>
        {(comparison.Pairs.Count == 0 ? Html.Of($"""<p class="none">No two of these runs have checkpoints whose evaluations could be compared.</p>""") : Html.Empty)}{Obstacles(comparison)}</section>

        """);

    private static Html Obstacles(RunComparison comparison) => comparison.Pairs.All(pair => pair.Obstacle is null) ? Html.Empty : Html.Of($"""
        <p>Not comparable:</p>
        <ul>
        {comparison.Pairs.Where(pair => pair.Obstacle is not null).Select(pair => Html.Of($"""
            <li>{pair.First} and {pair.Second}, {pair.Checkpoint}: {pair.Obstacle}.</li>

            """))}</ul>

        """);

    private static Html Row(EvaluatedPair pair) => Html.Of($"""
        <tr><th class="i" scope="row">{pair.First}</th><th class="i" scope="row">{pair.Second}</th><td>{pair.Checkpoint}</td><td class="i">{pair.Images}</td><td class="n">{Format.Count(pair.Examples)}</td><td class="n">{pair.Robust.FirstOnly}</td><td class="n">{pair.Robust.SecondOnly}</td><td class="n strong">{PValue(pair.Robust.PValue)}</td></tr>
        <tr><td></td><td></td><td></td><td>clean</td><td class="n">{Format.Count(pair.Examples)}</td><td class="n">{pair.Clean.FirstOnly}</td><td class="n">{pair.Clean.SecondOnly}</td><td class="n strong">{PValue(pair.Clean.PValue)}</td></tr>

        """);

    private static Html Curves(RunComparison comparison) => Html.Of($"""
        <section>
        <h2>Training</h2>
        <div class="charts">
        {Epochs(comparison, "robust", "Held-out accuracy under attack", metrics => metrics.Robust).Draw()}{Epochs(comparison, "clean", "Held-out clean accuracy", metrics => metrics.Clean).Draw()}{Steps(comparison, "loss", "Training loss", step => step.Loss, fromZero: false).Draw()}{Steps(comparison, "learning-rate", "Learning rate", step => step.LearningRate, fromZero: true).Draw()}{Steps(comparison, "throughput", "Images per second", step => step.ImagesPerSecond, fromZero: true).Draw()}{Radii(comparison)}</div>
        </section>

        """);

    private static LineChart Epochs(
        RunComparison comparison, string id, string title, Func<AccuracyMetrics, double?> metric)
    {
        var attacks = comparison.Runs.SelectMany(run => run.Epochs).Select(epoch => epoch.Validation?.Attack)
            .OfType<string>().Distinct().ToList();
        var threats = comparison.Runs.Select(run => Format.Threat(run.Recipe)).Distinct();
        return Over(comparison, id, id == "robust"
            ? $"{title}{(attacks.Count == 1 ? $", {attacks[0]}" : "")}, {string.Join(" or ", threats)}" : title,
            run => [.. run.Epochs.Where(epoch => epoch.Validation is not null)
            .Select(epoch => new ChartPoint(epoch.Epoch, metric(epoch.Validation!) ?? double.NaN))], dots: true) with
        { IsShare = true };
    }

    private static LineChart Steps(
        RunComparison comparison, string id, string title, Func<StepMetrics, double?> metric, bool fromZero) =>
        Over(comparison, id, title, run =>
        run.StepsPerEpoch is null && comparison.Runs.Any(other => other.StepsPerEpoch is not null) ? []
        : TrainingCurvesSection.Along(run, metric), dots: false) with
        {
            FromZero = fromZero,
            XFromZero = true,
            XLabel = comparison.Runs.All(run => run.StepsPerEpoch is null) ? "step"
        : "epoch"
        };

    private static LineChart Over(
        RunComparison comparison, string id, string title, Func<RunRecord, IReadOnlyList<ChartPoint>> points, bool dots)
    {
        var lines = comparison.Runs.Select((run, index) => ChartSeries.Numbered(
            comparison.Names[index], index, points(run), dots)).ToList();
        var ends = lines.Select(
            line => line.Points.LastOrDefault(point => double.IsFinite(point.Y)) is { X: > 0 } last
            ? $"{line.Name} ends at {Format.Number(last.Y)}" : null).OfType<string>();
        return new()
        {
            Id = id,
            Title = title,
            Description = $"{title} of each run: {string.Join("; ", ends)}.",
            Series = lines,
        };
    }

    /// <summary>Accuracy against ε, of the runs whose reports measured it in the same way.</summary>
    private static Html Radii(RunComparison comparison)
    {
        var curves = comparison.Runs.Select((run, index) => (run.Examination?.Curve,
            Norm: (string?)run.Recipe["threat"]?["norm"], Name: comparison.Names[index], Index: index))
            .Where(item => item.Curve is not null).ToList();
        if (curves.Count == 0)
            return Html.Empty;
        var same = curves.Where(
            item => item.Curve!.Attack == curves[0].Curve!.Attack && item.Curve.Data == curves[0].Curve!.Data
            && item.Curve.Examples == curves[0].Curve!.Examples && item.Norm == curves[0].Norm).ToList();
        return new LineChart
        {
            Id = "radius",
            Title = $"Accuracy against ε, {curves[0].Curve!.Attack}, first {Format.Count(curves[0].Curve!.Examples)} "
            + "test images",
            Description = string.Join("; ", same.Select(item => $"{item.Name}: {Points(item.Curve!)}")) + ".",
            Series = [.. same.Select(
            item => ChartSeries.Numbered(
            item.Name, item.Index, [.. item.Curve!.Points.Select(
            point => new ChartPoint(point.Epsilon, (double)point.Correct / item.Curve.Examples))], dots: true))],
            XLabel = $"ε in {Format.Norm(curves[0].Norm)}",
            IsShare = true,
            Range = (0, 1),
        }.Draw();
    }

    private static Html Proved(RunComparison comparison)
    {
        var (certified, verified) = (Of(run => run.Certifications), Of(run => run.Verifications));
        return certified.Count + verified.Count == 0 ? Html.Empty : Html.Of($"""
            <section>
            {CertificationSection.Of(certified)}{VerificationSection.Of(verified)}</section>

            """);

        IReadOnlyList<(string, T)> Of<T>(Func<RunRecord, IReadOnlyList<T>> records)
            where T : IProofRecord => [.. comparison.Runs.SelectMany((run, index) => WeightsNames.Of(run, records(run))
                .Select(one => ($"{comparison.Names[index]}, {one.Name}", one.Record)))];
    }

    private static Html Recipes(RunComparison comparison) => Html.Of($"""
        <section>
        <h2>Differences between the recipes</h2>
        {(comparison.Recipes.Count == 0 ? Html.Of($"<p>In nothing.</p>") : Html.Of($"""
            <div class="wide"><table>
            <thead><tr><th scope="col">value</th>{comparison.Names.Select(name => Html.Of($"""<th scope="col">{name}</th>"""))}</tr></thead>
            <tbody>
            {comparison.Recipes.Select(row => Html.Of($"""
                <tr><th scope="row"><code>{row.Path}</code></th>{row.Values.Select(value => Html.Of($"<td><code>{value ?? Format.None}</code></td>"))}</tr>

                """))}</tbody></table></div>
            """))}
        </section>

        """);

    private static string Points(RadiusCurve curve) => string.Join(
        ", ",
        curve.Points.Select(point =>
            $"{Format.Percent((double)point.Correct / curve.Examples)} at {Format.Number(point.Epsilon)}"));
}
