using System.Text.Json.Nodes;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Reports.RobustBench;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Commands;

/// <summary>trainer robustbench, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class RobustBenchCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Fact]
    public void An_entry_has_what_AutoAttack_measured_on_all_test_images_and_null_for_what_is_unknown()
    {
        workbench.TrainBroken();
        Assert.Equal(0, workbench.Run("evaluate", "broken", "--attack", "autoattack", "--examples", "8").ExitCode);
        var (code, _, error) = workbench.Run("robustbench", "broken", "Mine.json");
        Assert.Equal(4, code);
        Assert.Contains(
            "found AutoAttack on 8 images of the best checkpoint under L∞ ≤ 0.9, expected it on all 12 test images.",
            error, StringComparison.Ordinal);
        // The command of the message is one that mends it.
        var command = error.Trim().Split("trainer ")[^1].Replace("'", "", StringComparison.Ordinal);
        Assert.EndsWith("--examples 12", command, StringComparison.Ordinal);
        Assert.Equal(0, workbench.Run(command.Split(' ')).ExitCode);
        Assert.Equal(0, workbench.Run("robustbench", "broken", "Before.json", "--title", "A | study", "--link", "there")
            .ExitCode);
        // Of more images, which are not those of the run's test, and black.
        using (var black = zeros([40, 1, 8, 8], ScalarType.Byte))
        using (var labels = arange(40).remainder(4))
            SafetensorsWriter.Write(
                workbench.At("black.safetensors"), [("images", black), ("labels", labels)],
                new Dictionary<string, string>());
        Assert.Equal(0, workbench.Run(
            "evaluate", "broken", "--attack", "autoattack", "--examples", "40", "--data",
            """{"type":"safetensors","train":"train.safetensors","test":"black.safetensors","classes":4}""").ExitCode);
        (code, _, error) = workbench.Run(
            "robustbench", "broken", "Mine.json", "--title", "A | study", "--link", "there");
        Assert.Equal(File.ReadAllText(workbench.At("Before.json")), File.ReadAllText(workbench.At("Mine.json")));
        Assert.Equal(0, code);
        Assert.Contains("null, to be filled in by hand: authors, dataset, venue", error, StringComparison.Ordinal);
        var entry = JsonNode.Parse(File.ReadAllText(workbench.At("Mine.json")))!.AsObject();
        Assert.Equal(
            [
                "link", "name", "authors", "additional_data", "number_forward_passes", "dataset", "venue",
                "architecture", "eps", "clean_acc", "reported", "autoattack_acc",
            ],
            entry.Select(field => field.Key));
        Assert.Equal(("conv-small", "0.9"), ((string?)entry["architecture"], (string?)entry["eps"]));
        Assert.Equal(("0.00", "0.00"), ($"{entry["reported"]}", $"{entry["autoattack_acc"]}"));
        Assert.Matches(@"^[1-9]\d*\.\d\d$", $"{entry["clean_acc"]}");
        Assert.Contains(
            "threat model Linf, eps 0.9, data safetensors: RobustBench has no such leaderboard", error,
            StringComparison.Ordinal);
        Assert.Equal(
            $"| <sub>–</sub> | <sub><sup>**Mine**</sup></sub> | <sub>*[A \\| study](there)*</sub> | "
            + $"<sub>{entry["clean_acc"]}%</sub> | <sub>{entry["autoattack_acc"]}%</sub> | <sub>conv-small</sub> | "
            + "<sub></sub> |", File.ReadAllLines(workbench.At("Mine.md"))[0]);
    }

    [Fact]
    public void An_entry_has_the_worst_case_where_other_attacks_found_more_and_the_issue_that_submits_it()
    {
        Assert.Equal(
            0, workbench.Run(["train", "recipe.json", "--run", "weak", .. CommandWorkbench.Breakable]).ExitCode);
        Assert.Equal(0, workbench.Run("evaluate", "weak", "--attack", "autoattack", "--examples", "12").ExitCode);
        // As if AutoAttack had left two images: fgsm, the recipe's final evaluation, has broken the first of them.
        var ledger = Directory.GetFiles(workbench.At("weak"), "ledger.jsonl", SearchOption.AllDirectories)
            .Single(file => File.ReadLines(file).First().Contains("autoattack: ", StringComparison.Ordinal));
        File.WriteAllLines(ledger, [.. File.ReadAllLines(ledger).Select(line => WithoutSuccess(line, 0, 8))]);
        var (code, _, error) = workbench.Run("robustbench", "weak", "Lower.json", "--title", "A study");
        Assert.Equal(0, code);
        Assert.Contains(
            "other evaluations leave 8.33% instead of 16.67% (fgsm): it is the field external", error,
            StringComparison.Ordinal);
        var entry = JsonNode.Parse(File.ReadAllText(workbench.At("Lower.json")))!;
        Assert.Equal(
            ("16.67", "8.33", "8.33% robust accuracy is due to fgsm"),
            ($"{entry["autoattack_acc"]}", $"{entry["external"]}", $"{entry["footnote"]}"));
        var text = File.ReadAllLines(workbench.At("Lower.md"));
        Assert.Contains("| <sub>8.33%</sub> | <sub>conv-small</sub> |", text[0], StringComparison.Ordinal);
        foreach (var field in (string[])["**Paper Title**: A study", "**Paper URL**: (to be filled in)",
            "**Threat Model**: Linf", "**eps**: 0.9", "**Robust accuracy**: 8.33%", "**Additional data**: false",
            "**Evaluation method**: AutoAttack (standard) on 12 test images, computed by Trainer: 16.67%; 8.33% with "
            + "fgsm",
            "**Checkpoint and code**: (to be filled in)"])
            Assert.Contains($"- {field}", text);
    }

    [Theory]
    [InlineData("cifar10", Norm.Linf, 8 / 255.0, "model_info/cifar10/Linf/")]
    [InlineData("cifar10", Norm.Linf, 4 / 255.0, null)]
    [InlineData("cifar10", Norm.L2, 0.5, "model_info/cifar10/L2/")]
    [InlineData("cifar100", Norm.L2, 0.5, null)]
    [InlineData(null, Norm.Linf, 4 / 255.0, null)]
    public void An_entry_belongs_in_the_folder_of_its_leaderboard(
        string? data, Norm norm, double epsilon, string? folder)
    {
        var info = new ModelInfo { Dataset = data, Eps = "", CleanAcc = "", Reported = "", AutoattackAcc = "" };
        Assert.Equal(folder, info.Folder(new() { Norm = norm, Epsilon = epsilon }));
    }

    private static string WithoutSuccess(string line, params long[] images)
    {
        var node = JsonNode.Parse(line)!;
        foreach (var example in node["examples"] as JsonArray ?? [])
            if (images.Contains((long)example!["index"]!))
                example.AsObject().Remove("brokenBy");
        return node.ToJsonString();
    }
}
