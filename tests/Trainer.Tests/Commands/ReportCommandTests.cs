using System.Net;

namespace Trainer.Tests.Commands;

/// <summary>trainer report of weights without a run.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class ReportCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Fact]
    public void The_evaluations_of_a_file_become_a_page_with_results_checks_and_provenance()
    {
        Assert.Equal(0, workbench.Run("export", "run", "model.pt").ExitCode);
        var file = workbench.Run("report", "model.pt");
        Assert.Equal((4, ""), (file.ExitCode, file.Output));
        Assert.Contains(
            "'model.pt' is a file, expected a run folder or the folder of a file's evaluations. For a file of weights: "
            + "trainer evaluate 'model.pt' --ledger DIR …, then trainer report DIR.", file.Error,
            StringComparison.Ordinal);

        string[] line = ["evaluate", "model.pt", "--recipe", "recipe.json", "--examples", "4", "--ledger", "found"];
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
                $"""<td class="i">safetensors</td><td class="i">{attack}</td><td class="i">L∞ ≤ 0.1</td><td class="n">4</td>""",
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
}
