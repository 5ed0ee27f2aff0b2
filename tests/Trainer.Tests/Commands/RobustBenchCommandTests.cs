using System.Text.Json.Nodes;
using Trainer.Engine.Storage.Safetensors;

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
        Assert.Equal(0, workbench.Run("robustbench", "broken", "Before.json", "--title", "A study", "--link", "there")
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
        (code, _, error) = workbench.Run("robustbench", "broken", "Mine.json", "--title", "A study", "--link", "there");
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
        Assert.Equal(("0", "0"), ($"{entry["reported"]}", $"{entry["autoattack_acc"]}"));
        Assert.NotEqual("0", $"{entry["clean_acc"]}");
        Assert.Equal(
            $"| <sub>–</sub> | <sub><sup>**Mine**</sup></sub> | <sub>*[A study](there)*</sub> | "
            + $"<sub>{entry["clean_acc"]}%</sub> | <sub>{entry["autoattack_acc"]}%</sub> | <sub>conv-small</sub> | "
            + "<sub></sub> |\n", File.ReadAllText(workbench.At("Mine.md")));
    }
}
