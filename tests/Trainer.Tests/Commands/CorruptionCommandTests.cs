using System.Globalization;
using System.Text.Json.Nodes;

namespace Trainer.Tests.Commands;

/// <summary>trainer evaluate --corruptions, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class CorruptionCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Fact]
    public void The_table_has_fifteen_corruptions_and_the_report_has_it_too()
    {
        var (code, output, error) = workbench.Run("evaluate", "run", "--corruptions", "--examples", "5");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"(?m)^gaussian-noise( +\d+\.\d){6} *$", output);
        Assert.Matches(@"(?m)^jpeg-compression( +\d+\.\d){6} *$", output);
        Assert.Contains(" of 5 images; ", output, StringComparison.Ordinal);
        Assert.Contains("lengths scaled to 1×", output, StringComparison.Ordinal);
        Assert.DoesNotContain("fgsm", output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(workbench.At("run"), "corruptions.json", SearchOption.AllDirectories));
        Assert.Equal(0, workbench.Run("report", "run").ExitCode);
        Assert.Contains("elastic-transform", File.ReadAllText(workbench.At("run", "report.html")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--attack", "fgsm")]
    [InlineData("--backdoor")]
    public void What_it_would_pass_over_is_refused(params string[] option)
    {
        var (code, _, error) = workbench.Run(["evaluate", "run", "--corruptions", .. option]);
        Assert.Equal(2, code);
        Assert.StartsWith("error: --corruptions measures no attack", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_of_results_has_it_also_of_weights_without_a_folder()
    {
        Assert.Equal(0, workbench.Run("export", "run", "weights.safetensors").ExitCode);
        var (code, output, _) = workbench.Run("evaluate", "weights.safetensors", "--recipe", "recipe.json",
            "--corruptions", "--examples", "3", "--out", "corrupted.json");
        Assert.Equal(0, code);
        var results = JsonNode.Parse(File.ReadAllText(workbench.At("corrupted.json")))!;
        Assert.Empty(results["results"]!.AsArray());
        var report = results["corruptions"]!;
        Assert.Equal(75, report["results"]!.AsArray().Count);
        Assert.Equal(3, (int)report["clean"]!["examples"]!);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"severities: {100 * (double)report["mean"]!:F1} %"), output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_shows_a_result_of_earlier_versions_without_a_ledger_and_an_equal_one_once()
    {
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "former").ExitCode);
        Assert.Equal(0, workbench.Run("evaluate", "former", "--corruptions", "--examples", "3").ExitCode);
        var present = Path.GetDirectoryName(Assert.Single(
            Directory.GetFiles(workbench.At("former"), "corruptions.json", SearchOption.AllDirectories)))!;
        var former = Directory.CreateDirectory(
            workbench.At("former", "evaluations", "corruptions-0123456789abcdef")).FullName;
        File.Copy(Path.Combine(present, "corruptions.json"), Path.Combine(former, "corruptions.json"));
        Assert.Equal(1, Tables());
        Directory.Delete(present, recursive: true);
        Assert.Equal(1, Tables());

        int Tables()
        {
            Assert.Equal(0, workbench.Run("report", "former").ExitCode);
            return File.ReadAllText(workbench.At("former", "report.html")).Split("<h3>Common corruptions</h3>").Length
                - 1;
        }
    }

    [Fact]
    public void A_damaged_result_is_named()
    {
        var folder = Directory.CreateDirectory(workbench.At("run", "evaluations", "corruptions-damaged")).FullName;
        File.WriteAllText(Path.Combine(folder, "corruptions.json"), "{}");
        var (code, _, error) = workbench.Run("report", "run");
        Directory.Delete(folder, recursive: true);
        Assert.Equal(4, code);
        Assert.Contains("corruptions.json' is not a file that the engine writes: ", error, StringComparison.Ordinal);
    }
}
