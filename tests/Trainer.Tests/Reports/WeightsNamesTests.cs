using Trainer.Reports;
using Trainer.Reports.Pages;

namespace Trainer.Tests.Reports;

public sealed class WeightsNamesTests
{
    private const string Best = "/then/small/000001-step-000000002", Last = "small/000003-step-000000004";

    [Fact]
    public void Weights_are_named_by_the_checkpoints_of_the_run_and_others_by_their_hash() =>
        Assert.Equal(
            ["best", "last", "000002-step-000000003", "weights d", "weights e"],
            Names(("a", Best), ("b", Last), ("c", "000002-step-000000003/"), ("d", "other/000003-step-000000004"),
                ("e", "small/file.safetensors")));

    [Fact]
    public void The_same_weights_have_one_name_and_other_weights_of_one_checkpoint_have_another() =>
        Assert.Equal(
            ["best, weights a", "best, weights a", "best, weights b"], Names(("a", Last), ("a", Best), ("b", Best)));

    [Fact]
    public void A_comparison_has_a_line_and_a_row_for_the_weights_of_each_checkpoint()
    {
        var page = PageReading.Parse(ComparePage.Of(new(["A"], [Run(("a", Best), ("b", Last))], [], [])));
        Assert.Equal(["A, best", "A, last"], page.Rows("bounds").Select(row => row[0]));
        var chart = page.Descendants("svg")
            .Single(svg => (string?)svg.Attribute("aria-labelledby") == "verified-Linf-title verified-Linf-desc");
        // Each from radius 0 to its own.
        Assert.Equal([2, 2], chart.Elements("polyline").Select(
            line => ((string)line.Attribute("points")!).Split(' ').Length));
    }

    private static IEnumerable<string> Names(params (string Weights, string Path)[] verified)
    {
        var run = Run(verified);
        return WeightsNames.Of(run, run.Verifications).Select(one => one.Name);
    }

    private static RunRecord Run(params (string Weights, string Path)[] verified)
    {
        var run = SampleRun.Of("small");
        return run with
        {
            State = run.State! with { Best = new(0.5, Step: 2, Save: 1) },
            Verifications = [.. verified.Select(one => SampleRun.Verification(one.Weights, one.Path))],
        };
    }
}
