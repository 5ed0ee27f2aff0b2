using Trainer.Engine.Devices;
using Trainer.Engine.Metrics;
using Trainer.Recipes;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>report.html: setup, training, results and provenance of a run.</summary>
internal static class ReportPage
{
    /// <summary>The page. The same run gives the same page.</summary>
    public static string Of(RunRecord run) => Page.Of($"{run.Name} · Trainer", Html.Of($"""
        <header>
        <h1>{run.Name}</h1>
        <p class="lead">{Summary(run)}</p>
        {Headline(run)}</header>
        <main>
        {SetupSection.Of(run)}{TrainingCurvesSection.Of(run)}{ResultsSection.Of(run)}{ProvenanceSection.Of(run)}</main>

        """));

    /// <summary>"pgd-at of conv-small on fashion-mnist; finished after 6 epochs, 2,580 steps."</summary>
    private static string Summary(RunRecord run)
    {
        string Type(string key) => (string?)run.Recipe[key]?["type"] ?? Format.None;
        var step = run.State?.GlobalStep ?? (run.Steps is [.., var last] ? last.Step : 0);
        var epochs = run.Epochs is [.., var ended] ? ended.Epoch : 0;
        return $"{Type("objective")} of {Type("model")} on {Type("data")}, against {Format.Threat(run.Recipe)}. "
            + $"{(run.IsFinished ? "Finished after" : "Not finished; so far")} "
            + $"{Quantity.Of(epochs, "epoch")}, {Quantity.Of(step, "step")}.";
    }

    /// <summary>The metrics that the page is about, each with what it was counted on.</summary>
    private static Html Headline(RunRecord run)
    {
        var final = Chosen(run.Finals);
        var (metrics, where) = final is not null ? (final.Test, $"test images\n{final.Checkpoint} checkpoint")
            : run.Epochs.LastOrDefault(epoch => epoch.Validation is not null) is { } epoch
            ? (epoch.Validation, $"held-out images\nepoch {epoch.Epoch}") : (null, "");
        var clean = final?.AllTest ?? metrics;
        return Html.Of($"""
            <dl class="cards">
            {(metrics is null ? Html.Empty : Html.Of($"""
                <div><dt>Clean accuracy</dt><dd class="big">{Format.Percent(clean?.Clean)}</dd><dd>{Format.Interval(Format.IntervalOf(clean?.Clean, clean?.Examples ?? 0))}<br/>{Format.Count(clean?.Examples ?? 0)} {Lines(where)}</dd></div>
                <div><dt>Accuracy under attack</dt><dd class="big">{Format.Percent(metrics.Robust)}</dd><dd>{Format.Interval(Format.RobustInterval(metrics))}<br/>{(final is null ? metrics.Attack : Format.Attack(final))}, {(final is null ? Format.Threat(metrics, run.Recipe) : Format.Threat(final, run.Recipe))}, {Format.Count(metrics.Examples)} {Lines(where)}</dd></div>

                """))}<div><dt>Threat model</dt><dd class="big">{Format.Threat(run.Recipe)}</dd><dd>images in [0, 1]</dd></div>
            <div><dt>Time</dt><dd class="big">{Format.Duration(run.Epochs.Sum(line => line.Seconds))}</dd><dd>the epochs with their evaluation<br/>{(run.State is { } state ? $"{state.Device}, {Threads.Describe(state.Threads)}" : "")}</dd></div>
            </dl>

            """);
    }

    private static Html Lines(string text) => Html.Join(text.Split('\n').Select(
        (line, index) => Html.Of($"{(index == 0 ? Html.Empty : new("<br/>"))}{line}")));

    /// <summary>
    /// The best checkpoint's measurement under the attack that left the least; the last one's where there is no best.
    /// </summary>
    private static FinalMetrics? Chosen(IReadOnlyList<FinalMetrics> finals) =>
        finals.OrderByDescending(line => line.Checkpoint == "best")
            .ThenBy(line => line.Test.Robust ?? 1).FirstOrDefault();
}
