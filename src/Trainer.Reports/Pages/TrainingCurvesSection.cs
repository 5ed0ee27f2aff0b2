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
        {Accuracy(run).Draw()}{Certified(run)}{Loss(run).Draw()}{LearningRate(run).Draw()}{Throughput(run).Draw()}{BackdoorSection.Curves(run)}</div>
        {BestNote(run)}{Table(run)}</section>

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
                new($"held out, verified, {Format.Threat(run.Recipe)}", 3,
                    [.. validated.Where(epoch => epoch.Validation!.Verified is not null)
                        .Select(epoch => Verified(epoch.Epoch, epoch.Validation!.Verified!.Share))], Dots: true),
                new("training, clean", 5, [.. run.Epochs.Select(
                    epoch => new ChartPoint(
                    epoch.Epoch, epoch.Train.GetValueOrDefault("cleanAccuracy") ?? double.NaN))], Dash: 1),
                new("training, adversarial", 6, [.. run.Epochs.Select(
                epoch => new ChartPoint(
                epoch.Epoch, epoch.Train.GetValueOrDefault("adversarialAccuracy") ?? double.NaN))], Dash: 1),
            ],
            Marks = Best(run) is { } best ? [new(best, "best")] : [],
        };
    }

    /// <summary>The average certified radius of the smoothed network; empty where it was not measured.</summary>
    private static Html Certified(RunRecord run)
    {
        var known = run.Epochs.Where(epoch => epoch.Validation?.Certified is not null).ToList();
        if (known.Count == 0)
            return Html.Empty;
        var last = known[^1].Validation!.Certified!;
        return new LineChart
        {
            Id = "certified-epochs",
            Title = $"Average certified radius, σ {Format.Number(last.Sigma)}",
            Description = $"Of the smoothed network in L2, on {Format.Count(last.Examples)} held-out images after each "
                + $"epoch. The last: {Format.Number(last.AverageRadius)}.",
            Series = [new("held out, certified", 3, [.. known.Select(
                epoch => new ChartPoint(epoch.Epoch, epoch.Validation!.Certified!.AverageRadius))], Dots: true)],
            FromZero = true,
            Marks = Best(run) is { } best ? [new(best, "best")] : [],
        }.Draw();
    }

    private static ChartPoint Verified(int epoch, ShareMetrics share) =>
        new(epoch, share.Value, share.Interval[0], share.Interval[1]);

    /// <summary>By what the mark "best" was chosen.</summary>
    private static Html BestNote(RunRecord run)
    {
        var monitored = (string?)run.Recipe["checkpoint"]?["monitor"] switch
        {
            "validation.clean" => "clean accuracy",
            "validation.certified" => "average certified radius",
            "validation.verified" => "verified accuracy",
            _ => "accuracy under attack",
        };
        return Best(run) is null ? Html.Empty : Html.Of($"""
            <p class="note">Best: the checkpoint with the highest {monitored} on the held-out images.</p>

            """);
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

    private static Html Table(RunRecord run)
    {
        if (run.Epochs.Count == 0)
            return Html.Of($"""<p class="none">No epoch has ended yet.</p>""");
        var columns = Columns(run);
        return Html.Of($"""
            <details><summary>{Quantity.Of(run.Epochs.Count, "epoch")} as a table</summary>
            <div class="wide"><table>
            <thead><tr>{columns.Select(column => Html.Of($"""<th class="n" scope="col">{column.Name}</th>"""))}</tr></thead>
            <tbody>
            {run.Epochs.Select(epoch => Html.Of($"""
                <tr>{columns.Select(column => Html.Of($"""<td class="n">{column.Cell(epoch)}</td>"""))}</tr>

                """))}</tbody></table></div></details>

            """);
    }

    /// <summary>The columns of the table: those that not every run has where one of its epochs has them.</summary>
    private static List<(string Name, Func<EpochMetrics, string> Cell)> Columns(RunRecord run)
    {
        var (clean, adversarial) = (Trained("cleanAccuracy"), Trained("adversarialAccuracy"));
        List<(string, Func<EpochMetrics, string>)> columns =
        [
            ("epoch", epoch => $"{epoch.Epoch}"),
            ("step", epoch => Format.Count(epoch.Step)),
            ("seconds", epoch => epoch.Seconds.ToString("F1", CultureInfo.InvariantCulture)),
            ("loss", Loss),
        ];
        if (run.Epochs.Any(epoch => clean(epoch) is not null))
            columns.Add(("training, clean", epoch => Format.Percent(clean(epoch))));
        if (run.Epochs.Any(epoch => adversarial(epoch) is not null))
            columns.Add(("training, adversarial", epoch => Format.Percent(adversarial(epoch))));
        columns.AddRange(
        [
            ("held out, clean", epoch => Format.Percent(epoch.Validation?.Clean)),
            ($"held out, robust ({Format.Threat(Last(run), run.Recipe)})",
                epoch => Format.Percent(epoch.Validation?.Robust)),
            ("95 % interval", epoch => Format.Interval(
                epoch.Validation is { } validation ? Format.RobustInterval(validation) : null)),
        ]);
        if (run.Epochs.Any(epoch => epoch.Validation?.Verified is not null))
        {
            columns.Add(("held out, verified", epoch => Format.Percent(epoch.Validation?.Verified?.Share.Value)));
            columns.Add(("95 % interval", epoch => Format.Interval(
                epoch.Validation?.Verified?.Share.Interval is [var low, var high] ? (low, high) : null)));
        }
        if (run.Epochs.Any(epoch => epoch.Validation?.Certified is not null))
            columns.Add(("held out, average certified radius",
                epoch => Format.Number(epoch.Validation?.Certified?.AverageRadius)));
        return columns;

        static Func<EpochMetrics, double?> Trained(string metric) => epoch => epoch.Train.GetValueOrDefault(metric);
    }

    private static string Loss(EpochMetrics epoch) =>
        epoch.Train.GetValueOrDefault("loss")?.ToString("F4", CultureInfo.InvariantCulture) ?? Format.None;
}
