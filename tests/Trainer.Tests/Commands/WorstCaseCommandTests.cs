using System.Text.Json.Nodes;

namespace Trainer.Tests.Commands;

/// <summary>trainer evaluate --worst-case.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class WorstCaseCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private const string Linf = """{"norm":"linf","epsilon":0.1}""", L2 = """{"norm":"l2","epsilon":0.5}""";

    [Fact]
    public void It_covers_every_evaluation_in_the_folder_of_ledgers_and_all_threat_models_of_the_command_line()
    {
        string[] line = ["evaluate", "run", "--examples", "4", "--ledger", "ledgers", "--threat", Linf, "--attack"];
        Assert.Equal(0, workbench.Run([.. line, "fgsm"]).ExitCode);
        var (exitCode, output, _) = workbench.Run([.. line, """{"type":"square","queries":20}""", "--threat", L2,
            "--worst-case", "--out", "results.json"]);
        Assert.Equal(0, exitCode);
        var worst = JsonNode.Parse(File.ReadAllText(workbench.At("results.json")))!["worstCase"]!.AsArray();
        Assert.Equal([1, 1, 2], worst.Select(one => one!["threats"]!.AsArray().Count));
        Assert.Equal([2, 1, 0], worst.Select(one => one!["evaluations"]!.AsArray().Count));
        Assert.All(worst, one => Assert.Equal(4, (int)one!["common"]!["examples"]!));
        foreach (var row in (string[])[@"linf 0\.1 +fgsm +4 ", @"linf 0\.1 +square +4 ", @"l2 0\.5 +square +4 ",
            @"linf 0\.1 +all, common images +4 ", @"l2 0\.5 +all, common images +4 ",
            @"linf 0\.1 and l2 0\.5 +all, common images +4 "])
            Assert.Matches($"(?m)^{row}", output);
    }

    [Fact]
    public void Its_file_has_what_found_each_image_and_its_table_the_targets()
    {
        workbench.TrainBroken();
        string[] line = ["evaluate", "broken", "--examples", "8", "--attack"];
        Assert.Equal(0, workbench.Run([.. line, """{"type":"malt","steps":2,"targets":1}"""]).ExitCode);
        var (code, output, _) = workbench.Run([.. line,
            """{"type":"sequence","attacks":["fgsm",{"type":"malt","steps":2}]}""", "--worst-case", "--out",
            "targets.json"]);
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^linf 0\.9 +malt \(1 target\) +8 ", output);
        Assert.Matches(@"(?m)^linf 0\.9 +fgsm \+ malt +8 ", output);
        var worst = JsonNode.Parse(File.ReadAllText(workbench.At("targets.json")))!["worstCase"]![0]!;
        var images = worst["images"]!.AsArray();
        Assert.Equal(8 - Math.Round(8 * (double)worst["common"]!["value"]!), images.Count);
        string[] found = [.. images.SelectMany(image => image!["brokenBy"]!.AsArray()).Select(by => $"{by}")];
        Assert.Contains("fgsm + malt: fgsm", found);
        // The recipe's final evaluation is by fgsm.
        Assert.Empty(found.Except(["clean", "fgsm", "malt (1 target)", "fgsm + malt: fgsm", "fgsm + malt: malt"]));
    }

    [Fact]
    public void Threat_models_of_the_recipes_final_evaluations_count_and_without_a_common_image_there_is_no_share()
    {
        string[] line = ["evaluate", "run", "--ledger", "finals", "--set"];
        const string One = """{"attack":"fgsm","examples":1}""";
        var (code, output, _) = workbench.Run(
            [.. line, $"evaluate.final=[{One},{One[..^1]},\"threat\":{L2}}}]", "--worst-case"]);
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^linf 0\.1 and l2 0\.5 +all, common images +1 ", output);
        // The first of twelve images, and another one, which the network misclassifies without an attack.
        (code, output, _) = workbench.Run(
            [.. line, $"evaluate.final=[{One[..^1]},\"subset\":\"random\"}}]", "--worst-case"]);
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^linf 0\.1 +all, common images +0 *$", output);
        Assert.DoesNotContain("NaN", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_weights_needs_the_folder_of_its_ledgers()
    {
        Assert.Equal(0, workbench.Run("export", "run", "worst.safetensors").ExitCode);
        var (exitCode, _, error) = workbench.Run(
            "evaluate", "worst.safetensors", "--recipe", "recipe.json", "--worst-case");
        Assert.Equal(2, exitCode);
        Assert.EndsWith("Name the folder of its ledgers with --ledger DIR.\n", error, StringComparison.Ordinal);
    }
}
