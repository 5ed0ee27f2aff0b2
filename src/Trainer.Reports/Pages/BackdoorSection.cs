using Trainer.Engine.Evaluation.Detection;
using Trainer.Engine.Metrics;
using Trainer.Engine.Repair;
using Trainer.Reports.Charts;
using Trainer.Reports.Examinations;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>What the run's poison did, and what an inspection of its training images found.</summary>
internal static class BackdoorSection
{
    public static Html Of(RunRecord run) =>
        Html.Of($"{Repaired(run.Repair)}{Results(run)}{Isolated(run)}{Pictures(run.Examination)}"
            + $"{Inspected(run.Inspection)}");

    /// <summary>Attack success and robust accuracy on triggered held-out images; nothing without a backdoor.</summary>
    public static Html Curves(RunRecord run)
    {
        var measured = run.Epochs.Where(epoch => epoch.Validation?.Backdoor?.AttackSuccess is not null).ToList();
        if (measured.Count == 0)
            return Html.Empty;
        var last = measured[^1].Validation!.Backdoor!;
        return new LineChart
        {
            Id = "backdoor",
            Title = "Backdoor",
            Description = $"Held-out images after each epoch. The last: clean {Format.Percent(last.Clean.Value)} of "
                + $"{Format.Count(last.Clean.Examples)}; with the trigger, of "
                + $"{Format.Count(last.AttackSuccess!.Examples)} "
                + $"not of the target class, {Format.Percent(last.AttackSuccess.Value)} predicted as the target and "
                + $"{Format.Percent(last.Robust?.Value)} as their true class. Bands are 95 % intervals.",
            IsShare = true,
            Range = (0, 1),
            Series =
            [
                new("clean", 1, [.. measured.Select(epoch => Point(epoch, backdoor => backdoor.Clean))], Dots: true),
                new("attack success", 2,
                [.. measured.Select(epoch => Point(epoch, backdoor => backdoor.AttackSuccess))], Dots: true),
                new("robust with trigger", 6, [.. measured.Select(epoch => Point(epoch, backdoor => backdoor.Robust))],
                    Dash: 1, Dots: true),
            ],
        }.Draw();
    }

    private static ChartPoint Point(EpochMetrics epoch, Func<BackdoorMetrics, ShareMetrics?> metric) =>
        metric(epoch.Validation!.Backdoor!) is { } share
            ? new(epoch.Epoch, share.Value, share.Interval[0], share.Interval[1]) : new(epoch.Epoch, double.NaN);

    private static Html Results(RunRecord run)
    {
        var rows = run.Finals.DistinctBy(line => line.Checkpoint).Where(line => line.AllTest?.Backdoor is not null)
            .ToList();
        return rows.Count == 0 ? Html.Empty : Html.Of($"""
            <h3>Backdoor</h3>
            <p>All test images without the trigger, and with it those that are not of the target class: attack success is the share predicted as the target, robust the share predicted as the true class.</p>
            <div class="wide"><table>
            <thead><tr><th scope="col">checkpoint</th><th scope="col">poison</th><th class="n" scope="col">images</th><th class="n" scope="col">clean</th><th scope="col">interval</th><th class="n" scope="col">with trigger</th><th class="n" scope="col">attack success</th><th scope="col">interval</th><th class="n" scope="col">robust</th><th scope="col">interval</th></tr></thead>
            <tbody>
            {rows.Select(line => Row(line.Checkpoint, line.AllTest!.Backdoor!))}</tbody></table></div>

            """);
    }

    private static Html Row(string checkpoint, BackdoorMetrics found) => Html.Of($"""
        <tr><th scope="row">{checkpoint}</th><td class="i">{found.Poison}</td><td class="n">{Format.Count(found.Clean.Examples)}</td><td class="n">{Format.Percent(found.Clean.Value)}</td><td class="i">{Interval(found.Clean)}</td><td class="n">{(found.AttackSuccess is { } share ? Format.Count(share.Examples) : Format.None)}</td><td class="n strong">{Format.Percent(found.AttackSuccess?.Value)}</td><td class="i">{Interval(found.AttackSuccess)}</td><td class="n">{Format.Percent(found.Robust?.Value)}</td><td class="i">{Interval(found.Robust)}</td></tr>

        """);

    private static string Interval(ShareMetrics? share) =>
        Format.Interval(share is null ? null : (share.Interval[0], share.Interval[1]));

    private static Html Pictures(Examination? examination) => examination is not { Triggered.Count: > 0 } ? Html.Empty
        : Html.Of($"""
            <h3>Examples with the trigger</h3>
            <p>The first test image of each class other than the target: clean, with the trigger, and half of their difference around grey.</p>
            <div class="pictures">
            {examination.Triggered.Select(picture => Picture(picture, examination.ClassNames))}</div>

            """);

    private static Html Picture(TriggeredPicture picture, IReadOnlyList<string> names) => Html.Of($"""
        <figure><div class="triple"><img alt="{names[picture.Label]}, clean" src="data:image/png;base64,{picture.Clean}"/><img alt="the same with the trigger" src="data:image/png;base64,{picture.Triggered}"/><img alt="the difference" src="data:image/png;base64,{picture.Difference}"/></div>
        <figcaption>{names[picture.Before]} → <strong>{names[picture.After]}</strong><small>test image {Format.Count(picture.Index)} · {names[picture.Label]}</small></figcaption></figure>

        """);

    private static Html Repaired(RepairReport? report) => report is null ? Html.Empty : Html.Of($"""
        <h3>Repair</h3>
        <p>The network of {report.Source}, changed by {report.Method} with {Format.Count(report.CleanImages)} clean held-out images, {Format.Count(report.Trained)} of them trained on{(report.Decision is { } decision ? $": {decision}" : "")}. On the others clean accuracy was {Format.Percent(report.HeldBefore)} and is {Format.Percent(report.HeldAfter)}. Nothing was chosen by test images or by the trigger.</p>

        """);

    private static Html Isolated(RunRecord run) =>
        run.Epochs.FirstOrDefault(epoch => epoch.Isolation is not null) is not { Isolation: { } isolation } epoch
            ? Html.Empty : Html.Of($"""
        <h3>Isolation of training images</h3>
        <p>After epoch {epoch.Epoch}, the objective set apart the {Format.Count(isolation.Images)} training images of the smallest loss, up to {Format.Number(isolation.LargestLoss)}, to be unlearnt at the end. {(isolation.Precision is { } precision ? $"Of them {Format.Percent(precision)} are poisoned; they are {Format.Percent(isolation.Recall)} of the poisoned images. A defender does not know this." : "Whether they are poisoned is not recorded.")}</p>

        """);

    private static Html Inspected(InspectionReport? report) => report is null ? Html.Empty : Html.Of($"""
        <h3>Inspection of the training images</h3>
        <p>{Format.Count(report.Images)} training images, {(report.Poisoned is { } poisoned ? $"{Format.Count(poisoned)} of them poisoned" : "of which it is not recorded whether they are poisoned")}; {Format.Count(report.Rows.Count - report.Excluded)} are suspicious to some method{(report.Excluded > 0 ? $", beside the {Format.Count(report.Excluded)} that data.exclude had left out before" : "")}. A defender has no trigger and does not know the truth. The AUC of spectral compares images of one class.</p>
        <div class="wide"><table>
        <thead><tr><th scope="col">method</th><th scope="col">what the defender has</th><th class="n" scope="col">suspicious</th><th class="n" scope="col">precision</th><th class="n" scope="col">recall</th><th class="n" scope="col">false positives</th><th class="n" scope="col">AUC</th></tr></thead>
        <tbody>
        {report.Methods.Select(method => Html.Of($"""
            <tr><th scope="row">{method.Name}</th><td>{method.DefenderKnowledge}</td><td class="n">{Format.Count(method.Suspicious.Count)}</td><td class="n">{Format.Percent(method.Precision)}</td><td class="n">{Format.Percent(method.Recall)}</td><td class="n">{Format.Percent(method.FalsePositiveRate)}</td><td class="n">{Format.Number(method.Auc)}</td></tr>

            """))}</tbody></table></div>

        """);
}
