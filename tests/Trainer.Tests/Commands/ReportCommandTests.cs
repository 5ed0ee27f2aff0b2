using System.Net;
using System.Text.Json.Nodes;
using Trainer.Tests.Reports;

namespace Trainer.Tests.Commands;

/// <summary>trainer report, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class ReportCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Fact]
    public void The_evaluations_of_a_file_become_a_page_with_results_checks_and_provenance()
    {
        workbench.TrainBroken();
        Assert.Equal(0, workbench.Run("export", "broken", "model.pt").ExitCode);
        var file = workbench.Run("report", "model.pt");
        Assert.Equal((4, ""), (file.ExitCode, file.Output));
        Assert.Contains(
            "'model.pt' is a file, expected a run folder or the folder of a file's evaluations. For a file of weights: "
            + "trainer evaluate 'model.pt' --ledger DIR …, then trainer report DIR.", file.Error,
            StringComparison.Ordinal);

        string[] line = ["evaluate", "model.pt", "--recipe", "recipe.json", "--examples", "4", "--ledger", "found",
            "--threat", """{"norm":"linf","epsilon":0.9}"""];
        foreach (var more in (string[][])[["--attack", "fgsm", "--checks"], ["--attack", """{"type":"pgd","steps":2}"""]])
        {
            var result = workbench.Run([.. line, .. more]);
            Assert.True(result.ExitCode == 0, result.Error);
        }
        var (exitCode, output, error) = workbench.Run("report", "found/");
        Assert.Equal((0, $"{workbench.At("found", "report.html")}\n", ""), (exitCode, output, error));
        var page = WebUtility.HtmlDecode(File.ReadAllText(workbench.At("found", "report.html")));
        Assert.Contains("2 evaluations of one network, whose training is not recorded here.", page,
            StringComparison.Ordinal);
        foreach (var attack in (string[])["fgsm", "pgd-2"])
            Assert.Contains(
                $"""<td class="i">safetensors</td><td class="i">{attack}</td><td class="i">L∞ ≤ 0.9</td><td class="n">4</td>""",
                page, StringComparison.Ordinal);
        Assert.Contains(">zero-gradient</th>", page, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">weights’ hash</th>", page, StringComparison.Ordinal);
        Assert.Contains("conv-small", page, StringComparison.Ordinal);
        // The same evaluations give the same page, which may be replaced.
        Assert.Equal(0, workbench.Run("report", "found").ExitCode);
        Assert.Equal(page, WebUtility.HtmlDecode(File.ReadAllText(workbench.At("found", "report.html"))));
        Assert.Contains(
            "'found' is no run folder", workbench.Run("compare", "found", "run").Error, StringComparison.Ordinal);
        // Stopped evaluations have ledgers alone.
        foreach (var results in Directory.GetFiles(workbench.At("found"), "results.json", SearchOption.AllDirectories))
            File.Delete(results);
        var stopped = workbench.Run("report", "found");
        Assert.Equal((4, ""), (stopped.ExitCode, stopped.Output));
        Assert.Contains("'found' holds evaluations none of which has ended", stopped.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_checks_of_the_runs_end_are_on_the_page()
    {
        Assert.Equal(0, workbench.Run([
            "train", "recipe.json", "--run", "checked", .. CommandWorkbench.Breakable, "--set", "evaluate.checks=10"])
            .ExitCode);
        var checks = JsonNode.Parse(File.ReadAllText(workbench.At("checked", "checks.json")))!.AsArray();
        Assert.Equal(10, checks.Count);
        var page = PageReading.Parse(File.ReadAllText(workbench.At("checked", "report.html")));
        Assert.Equal(
            checks.Select(check => ((string)check!["name"]!, (string)check["verdict"]!)),
            PageReading.Rows(page, "threshold").Select(row => (row[0], row[3])));
    }

    [Fact]
    public void A_report_measures_once_and_the_page_comes_again_the_same()
    {
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "measured").ExitCode);
        Assert.DoesNotContain(
            "Accuracy against the size", File.ReadAllText(workbench.At("measured", "report.html")),
            StringComparison.Ordinal);

        var first = workbench.Run("report", "measured", "--examples", "10");
        Assert.Equal((0, $"{workbench.At("measured", "report.html")}\n"), (first.ExitCode, first.Output));
        Assert.Equal(8, first.Error.Split('\n').Count(line => line.Contains(
            "of the first 10 test images", StringComparison.Ordinal)));
        var page = File.ReadAllText(workbench.At("measured", "report.html"));
        Assert.Contains("on the first 10 test images", page, StringComparison.Ordinal);

        var again = workbench.Run("report", "measured", "--examples", "10");
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal(page, File.ReadAllText(workbench.At("measured", "report.html")));
    }

    [Fact]
    public void A_run_whose_data_are_gone_still_has_a_report()
    {
        File.Move(workbench.At("test.safetensors"), workbench.At("moved.safetensors"));
        var result = workbench.Run("report", "run");
        File.Move(workbench.At("moved.safetensors"), workbench.At("test.safetensors"));
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith(
            "warning: The report has no accuracy against ε and no examples of this state of the run: ",
            result.Error, StringComparison.Ordinal);
        Assert.Contains("test.safetensors", result.Error, StringComparison.Ordinal);
        PageReading.Parse(File.ReadAllText(workbench.At("run", "report.html"))).StandsAlone();
    }

    [Fact]
    public void A_report_that_cannot_be_written_does_not_end_the_run()
    {
        Directory.CreateDirectory(workbench.At("blocked", $"report.html.{Environment.ProcessId}.tmp"));
        var result = workbench.Run("train", "recipe.json", "--run", "blocked");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(
            "The run is not affected, but the report was not written, and is with: trainer report", result.Output,
            StringComparison.Ordinal);
        Assert.EndsWith($"All files are in {workbench.At("blocked")}\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("report folder", 4, "'folder' is no run folder: it has no recipe.json with a metrics.jsonl. "
        + "Name a folder that trainer train made.")]
    [InlineData("report folder --examples -1", 2,
        "--examples: found \"-1\", expected a whole number from 0 to 2147483647. See: trainer report --help")]
    public void A_mistake_is_one_line_and_an_exit_code(string line, int exitCode, string message)
    {
        var before = workbench.Contents;
        var result = workbench.Run(line.Split(' '));
        Assert.Equal((exitCode, "", $"error: {message}\n"), (result.ExitCode, result.Output, result.Error));
        Assert.Equal(before, workbench.Contents);
    }
}
