using System.Text.Json.Nodes;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Commands;

/// <summary>trainer evaluate, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class EvaluateCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Fact]
    public void Fewer_examples_and_several_threat_models_are_asked_for_by_the_command_line_alone()
    {
        var result = workbench.Run("evaluate", "run", "--attack", "fgsm", "--examples", "10", "--subset", "random",
            "--threat", """{"norm":"linf","epsilon":0.05}""", "--threat", """{"norm":"l2","epsilon":0.3}""",
            "--out", "results.json");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"(?m)^\S+\s+fgsm\s+linf 0.05\s+10\s", result.Output);
        Assert.Matches(@"(?m)^\S+\s+fgsm\s+l2 0.3\s+10\s", result.Output);
        // The last row of the table: the images that are robust under both.
        Assert.Matches(@"(?m)^\S+\s+fgsm\s+linf 0.05 and l2 0.3\s+10\s", result.Output);
        Assert.Matches(@"(?m)^clean\s+10\s+\d+\s+\d+\.\d\s+\d+\.\d to \d+\.\d\s+10\s+0\s", result.Output);
        Assert.Equal(
            ["linf", "l2"], JsonNode.Parse(File.ReadAllText(workbench.At("results.json")))!["results"]!.AsArray()
            .Select(one => (string)one!["threat"]!["norm"]!));
        Assert.Matches(@"(?m)^\S+\s+pgd-4\s+linf 0.1\s+7\s", workbench.Run(
            "evaluate", "run", "--examples", "7", "--set",
            """evaluate.final=[{"attack":{"type":"pgd","steps":4}}]""").Output);
    }

    [Fact]
    public void With_three_classes_results_report_and_checks_say_which_loss_takes_the_place_of_the_ratio()
    {
        const string Caution = "with 3, apgd-t maximises its numerator, the targeted margin.";
        foreach (var name in (string[])["train3", "test3"])
        {
            using var images = zeros([12, 1, 8, 8], ScalarType.Byte);
            using var labels = arange(12).remainder(3).to(ScalarType.Int64);
            SafetensorsWriter.Write(workbench.At($"{name}.safetensors"), [("images", images), ("labels", labels)],
                new Dictionary<string, string>());
        }
        var data = CommandWorkbench.Data.Replace(".safe", "3.safe", StringComparison.Ordinal)
            .Replace("\"classes\":4,\"validation\":8", "\"classes\":3,\"validation\":3", StringComparison.Ordinal);
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "three", "--set", $"data={data}").ExitCode);
        string[] line = ["evaluate", "three", "--examples", "2", "--attack"];
        var error = workbench.Run([.. line, "fgsm"]).Error;
        Assert.DoesNotContain(Caution, error, StringComparison.Ordinal);
        error = workbench.Run([.. line, "fgsm", "--checks"]).Error;
        Assert.Contains(Caution, error, StringComparison.Ordinal);
        var checks = Assert.Single(
            Directory.GetFiles(workbench.At("three"), "checks.json", SearchOption.AllDirectories));
        Assert.Contains(Caution, File.ReadAllText(checks), StringComparison.Ordinal);
        error = workbench.Run([.. line, "apgd-t", "--out", "three.json"]).Error;
        Assert.Contains(Caution, error, StringComparison.Ordinal);
        var result = JsonNode.Parse(File.ReadAllText(workbench.At("three.json")))!["results"]![0]!;
        Assert.EndsWith(Caution, (string)result["caution"]!, StringComparison.Ordinal);
        Assert.Equal([null, null, (string)result["caution"]!], Directory
            .GetFiles(workbench.At("three"), "results.json", SearchOption.AllDirectories)
            .Select(file => (string?)JsonNode.Parse(File.ReadAllText(file))!["caution"]).Order());
        Assert.Equal(0, workbench.Run("report", "three").ExitCode);
        Assert.Contains(Caution, File.ReadAllText(workbench.At("three", "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_final_evaluation_is_asked_for_the_output_says_so()
    {
        const string None = "no final evaluation: evaluate.final is empty";
        foreach (var line in (string[][])[["train", "recipe.json", "--run", "unmeasured"], ["evaluate", "run"]])
        {
            var result = workbench.Run([.. line, "--set", "evaluate.final=[]"]);
            Assert.Equal(0, result.ExitCode);
            Assert.Contains(None, result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("robust %", result.Output, StringComparison.Ordinal);
        }
        Assert.DoesNotContain(
            "\"final\"", File.ReadAllText(workbench.At("unmeasured", "metrics.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void One_threat_model_on_the_command_line_holds_for_the_recipes_evaluations_too()
    {
        string[] line =
        [
            "evaluate", "run", "--examples", "7", "--set",
            """evaluate.final=[{"attack":{"type":"fgsm"},"threat":{"norm":"l2","epsilon":0.3}}]""",
        ];
        Assert.Contains("l2 0.3", workbench.Run(line).Output, StringComparison.Ordinal);
        var result = workbench.Run([.. line, "--threat", """{"norm":"linf","epsilon":0.05}"""]);
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("l2 0.3", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_evaluation_found_and_cost_stays_when_it_is_asked_for_again()
    {
        string[] line = ["evaluate", "run", "--attack", "apgd-ce", "--examples", "10", "--ledger", "kept"];
        Assert.Equal(0, workbench.Run(line).ExitCode);
        var file = Assert.Single(Directory.GetFiles(workbench.At("kept"), "results.json", SearchOption.AllDirectories));
        var text = File.ReadAllText(file);
        var results = JsonNode.Parse(text)!;
        Assert.Equal(
            ("safetensors", "conv-small", "linf", 0.1), ((string)results["dataset"]!, (string)results["architecture"]!,
            (string)results["norm"]!, (double)results["eps"]!));
        Assert.Equal(10, (int)results["examples"]!);
        Assert.Equal(100 * (double)results["cleanAccuracy"]!, (double)results["clean_acc"]!, 0.005);
        Assert.True((double)results["stages"]![1]!["seconds"]! > 0);
        Assert.Equal(
            Wilson((double)results["cleanAccuracy"]!, 10),
            results["cleanInterval95"]!.AsArray().Select(end => Math.Round((double)end!, 9)));
        Assert.Equal(
            Wilson((double)results["robustAccuracy"]!, 10),
            results["interval95"]!.AsArray().Select(end => Math.Round((double)end!, 9)));
        Assert.Equal(
            (int)results["stages"]![1]!["robust"]!, (int)Math.Round(10 * (double)results["robustAccuracy"]!));
        Assert.Matches(
            $@"^attack,attacked,.*\nclean,10,{results["stages"]![0]!["robust"]},",
            File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "stages.csv")).ReplaceLineEndings("\n"));

        Assert.Contains("from the ledger", workbench.Run(line).Output, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("""{"type":"malt","steps":1}""", "malt, 3 targets")]
    [InlineData("""{"type":"apgd-t","steps":1,"targets":1}""", "apgd-t, 1 target")]
    public void A_targeted_attack_is_shown_with_the_number_of_its_targets(string attack, string shown) =>
        Assert.Matches($@"(?m)^{shown}\s+linf 0.1\s", workbench.Run(
            "evaluate", "run", "--attack", attack, "--examples", "3").Output);

    [Fact]
    public void Images_of_another_run_are_tried_by_an_attack_of_the_command_line()
    {
        var result = workbench.Run(
            "evaluate", "run", "--attack", """{"type":"transfer","source":"run","attack":"fgsm"}""",
            "--examples", "10", "--ledger", "transferred");
        Assert.Equal(("", 0), (result.Error.Contains("error", StringComparison.Ordinal) ? result.Error : "",
            result.ExitCode));
        Assert.Matches(@"(?m)^\S+\s+transfer-fgsm\s+linf 0.1\s+10\s", result.Output);
        var identity = JsonNode.Parse(File.ReadLines(Assert.Single(Directory.GetFiles(
            workbench.At("transferred"), "ledger.jsonl", SearchOption.AllDirectories))).First())!;
        Assert.Matches("^version 2 TransferFrom .*\"weights\":\"[0-9a-f]{64}\"", (string)identity["attacks"]![0]!);
    }

    [Fact]
    public void A_run_folder_that_cannot_be_written_is_measured_all_the_same()
    {
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "blocked").ExitCode);
        Directory.Delete(workbench.At("blocked", "evaluations"), recursive: true);
        File.WriteAllText(workbench.At("blocked", "evaluations"), "in the way");
        var result = workbench.Run("evaluate", "blocked", "--attack", "fgsm", "--examples", "10");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("warning: '", result.Error, StringComparison.Ordinal);
        Assert.Contains(
            "so this evaluation keeps no ledger and cannot resume if it is stopped; --ledger DIR keeps one elsewhere.",
            result.Error, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^\S+\s+fgsm\s+linf 0.1\s+10\s", result.Output);
    }

    [Fact]
    public void Checks_are_a_table_and_a_file()
    {
        workbench.TrainBroken();
        var result = workbench.Run(
            "evaluate", "broken", "--attack", "fgsm", "--checks", "--examples", "3", "--ledger", "checked",
            "--threat", """{"norm":"linf","epsilon":0.9}""", "--threat", """{"norm":"l2","epsilon":5}""");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(
            @"(?m)^linf 0.9:\s[\s\S]*^randomness\s+0\s+0.0001\s+passed[\s\S]*"
                + @"^l2 5:\s[\s\S]*^randomness\s+0\s+0.0001\s+passed",
            result.Output);
        var files = Directory.GetFiles(workbench.At("checked"), "checks.json", SearchOption.AllDirectories);
        Assert.Equal(2, files.Length);
        Assert.All(files, file =>
            Assert.Contains("\"name\": \"black-box\"", File.ReadAllText(file), StringComparison.Ordinal));
    }

    /// <summary>The 95 % score interval of a share of n, by its closed form (Wilson 1927).</summary>
    private static double[] Wilson(double share, int n)
    {
        const double z = 1.959963984540054;
        var middle = (share + z * z / (2 * n)) / (1 + z * z / n);
        var half = z / (1 + z * z / n) * Math.Sqrt(share * (1 - share) / n + z * z / (4.0 * n * n));
        return [Math.Round(middle - half, 9), Math.Round(middle + half, 9)];
    }
}
