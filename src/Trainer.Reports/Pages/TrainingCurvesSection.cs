using System.Globalization;
using Trainer.Engine.Metrics;
using Trainer.Recipes;
using Trainer.Reports.Charts;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>Training: the curves, and the epochs as a table.</summary>
internal static class TrainingCurvesSection
{
    public static Html Of(RunRecord run) => Html.Of($"""
        <section>
        <h2>Training</h2>
        <div class="charts">
        {Accuracy(run).Draw()}{Loss(run).Draw()}{LearningRate(run).Draw()}{Throughput(run).Draw()}{BackdoorSection.Curves(run)}</div>
        {Table(run)}</section>

        """);

    private static AccuracyMetrics? Last(RunRecord run) =>
        run.Epochs.LastOrDefault(epoch => epoch.Validation is not null)?.Validation;

    private static LineChart Accuracy(RunRecord run)
    {
        var validated = run.Epochs.Where(epoch => epoch.Validation is not null).ToList();
        var last = validated.LastOrDefault()?.Validation;
        return new()
        {
            Id = "accuracy",
            Title = "Accuracy",
            Description = last is null ? "No epoch was evaluated."
                : $"On {Format.Count(last.Examples)} held-out images after each epoch. The last: "
                + $"clean {Format.Percent(last.Clean)}, robust {Format.Percent(last.Robust)} under {last.Attack} in "
                + $"{Format.Threat(last, run.Recipe)}. The band is the 95 % "
                + $"interval.{string.Concat(validated.Select(epoch => Whole(epoch.Epoch, epoch.Validation!.Whole)))}",
            IsShare = true,
            Series =
            [
                new("held out, clean", 1, [.. validated.Select(
                    epoch => new ChartPoint(epoch.Epoch, epoch.Validation!.Clean ?? double.NaN))], Dots: true),
                new($"held out, {last?.Attack ?? "attacked"}, {Format.Threat(last, run.Recipe)}", 2,
                [.. validated.Select(epoch => Robust(epoch.Epoch, epoch.Validation!))], Dots: true),
                new("training, adversarial", 6, [.. run.Epochs.Select(
                epoch => new ChartPoint(
                epoch.Epoch, epoch.Train.GetValueOrDefault("adversarialAccuracy") ?? double.NaN))], Dash: 1),
            ],
            Marks = Best(run) is { } best ? [new(best, "best")] : [],
        };
    }

    private static string Whole(int epoch, AccuracyMetrics? metrics) => metrics is null ? ""
        : $" On all {Format.Count(metrics.Examples)} after epoch {epoch}: clean {Format.Percent(metrics.Clean)}, "
        + $"robust {Format.Percent(metrics.Robust)} in the same.";

    private static ChartPoint Robust(int epoch, AccuracyMetrics metrics) =>
        new(epoch, metrics.Robust ?? double.NaN, Format.RobustInterval(metrics)?.Low,
        Format.RobustInterval(metrics)?.High);

    /// <summary>The epoch of the best checkpoint.</summary>
    private static double? Best(RunRecord run) =>
        run.State?.Best is { } best && run.Epochs.FirstOrDefault(epoch => epoch.Step == best.Step) is { } epoch
        && run.Epochs.Count > 1 ? epoch.Epoch : null;

    private static LineChart Loss(RunRecord run) => new()
    {
        Id = "loss",
        Title = "Training loss",
        Description = run.Steps is [.., { Loss: { } loss }] ? "The objective's mean over each logging interval. "
        + $"The last: {Format.Number(loss)}." : "No loss was recorded.",
        Series = [new("loss", 1, Along(run, step => step.Loss))],
        XLabel = XLabel(run),
        XFromZero = true,
    };

    private static LineChart LearningRate(RunRecord run) => new()
    {
        Id = "learning-rate",
        Title = "Learning rate",
        Description = run.Steps.Count == 0 ? "None was recorded."
        : $"At most {Format.Number(run.Steps.Max(step => step.LearningRate))}, "
        + $"{Format.Number(run.Steps[^1].LearningRate)} at the end.",
        Series = [new("learning rate", 1, Along(run, step => step.LearningRate))],
        XLabel = XLabel(run),
        XFromZero = true,
        FromZero = true,
    };

    private static LineChart Throughput(RunRecord run)
    {
        var known = run.Steps.Select(step => step.ImagesPerSecond).OfType<double>().Order().ToList();
        return new()
        {
            Id = "throughput",
            Title = "Images per second",
            Description = known.Count == 0 ? "None was recorded." : "Clean training images per second, "
            + $"in half of the intervals at least {Format.Count((long)known[known.Count / 2])}.",
            Series = [new("images per second", 1, Along(run, step => step.ImagesPerSecond))],
            XLabel = XLabel(run),
            XFromZero = true,
            FromZero = true,
        };
    }

    /// <summary>A metric of the logging intervals along the epochs.</summary>
    internal static IReadOnlyList<ChartPoint> Along(RunRecord run, Func<StepMetrics, double?> metric) =>
        [.. run.Steps.Select(step => new ChartPoint(step.Step / (run.StepsPerEpoch ?? 1), metric(step) ?? double.NaN))];

    /// <summary>Before the first epoch's end there are only steps.</summary>
    internal static string XLabel(RunRecord run) => run.StepsPerEpoch is null ? "step" : "epoch";

    private static Html Table(RunRecord run) => run.Epochs.Count == 0 ? Html.Of($"""<p class="none">No epoch has ended yet.</p>""") : Html.Of($"""
        <details><summary>{Quantity.Of(run.Epochs.Count, "epoch")} as a table</summary>
        <div class="wide"><table>
        <thead><tr><th class="n" scope="col">epoch</th><th class="n" scope="col">step</th><th class="n" scope="col">seconds</th><th class="n" scope="col">loss</th><th class="n" scope="col">training, adversarial</th><th class="n" scope="col">held out, clean</th><th class="n" scope="col">held out, robust ({Format.Threat(Last(run), run.Recipe)})</th><th scope="col">95 % interval</th></tr></thead>
        <tbody>
        {run.Epochs.Select(Row)}</tbody></table></div></details>

        """);

    private static Html Row(EpochMetrics epoch) => Html.Of($"""
        <tr><td class="n">{epoch.Epoch}</td><td class="n">{Format.Count(epoch.Step)}</td><td class="n">{epoch.Seconds.ToString("F1", CultureInfo.InvariantCulture)}</td><td class="n">{Loss(epoch)}</td><td class="n">{Format.Percent(epoch.Train.GetValueOrDefault("adversarialAccuracy"))}</td><td class="n">{Format.Percent(epoch.Validation?.Clean)}</td><td class="n">{Format.Percent(epoch.Validation?.Robust)}</td><td class="i">{(epoch.Validation is { } validation ? Format.Interval(Format.RobustInterval(validation)) : Format.None)}</td></tr>

        """);

    private static string Loss(EpochMetrics epoch) =>
        epoch.Train.GetValueOrDefault("loss")?.ToString("F4", CultureInfo.InvariantCulture) ?? Format.None;
}
