using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;

namespace Trainer.Tests.Commands;

/// <summary>
/// Files of a recipe belong to the recipe's own place, and what a run stores is found from any folder.
/// </summary>
public sealed class DataPathTests : IDisposable
{
    private readonly CommandWorkbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_path_is_relative_to_the_file_that_contains_it()
    {
        Directory.CreateDirectory(workbench.At("sub", "deeper"));
        File.WriteAllText(workbench.At("sub", "child.json"), """{ "extends": "../recipe.json", "data": { "extra": { "path": "more.safetensors" } } }""");
        var data = Shown("sub/child.json");
        Assert.Equal(
            (workbench.At("train.safetensors"), workbench.At("test.safetensors"),
            workbench.At("sub", "more.safetensors")),
            ((string)data["train"]!, (string)data["test"]!, (string)data["extra"]!["path"]!));
        // From the command line and the environment, to the working folder.
        Assert.Equal(
            workbench.At("mine.safetensors"), (string)Shown(
            "sub/child.json", "--set", "data.test=mine.safetensors")["test"]!);
        Assert.Equal(workbench.At("digits"), (string)Shown("sub/child.json", "--set", """data={"type":"mnist","path":"digits"}""")["path"]!);
        Assert.Equal("/elsewhere", (string)Shown("recipe.json", "--set", """data={"type":"cifar-10","path":"/elsewhere"}""")["path"]!);
        Assert.Null((string?)Shown("recipe.json", "--set", "data=mnist")["path"]);
    }

    [Fact]
    public void Another_run_of_a_transfer_attack_is_relative_to_the_recipe_too()
    {
        Directory.CreateDirectory(workbench.At("sub"));
        File.WriteAllText(workbench.At("sub", "child.json"), """
            { "extends": "../recipe.json", "evaluate": { "final": [{ "attack": { "type": "transfer", "source": "../run", "attack": "fgsm" } }] } }
            """);
        var shown = JsonNode.Parse(workbench.Run("recipe", "show", "sub/child.json", "--plain").Output)!;
        Assert.Equal(workbench.At("run"), (string)shown["evaluate"]!["final"]![0]!["attack"]!["source"]!);
    }

    [Theory]
    [InlineData("data.test=")]
    [InlineData("data.train=\" \"")]
    [InlineData("data={\"type\":\"mnist\",\"path\":\"\"}")]
    [InlineData("data.extra={\"path\":\"\"}")]
    public void An_empty_path_is_refused(string change)
    {
        var (exitCode, _, error) = workbench.Run("recipe", "check", "recipe.json", "--set", change);
        Assert.Equal(2, exitCode);
        Assert.EndsWith(
            ": found an empty text, expected the name of a file or folder.\n", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate", "../run", "--attack", "fgsm", "--examples", "2")]
    [InlineData("report", "../run", "--examples", "3")]
    public void A_run_is_measured_from_any_folder_by_its_test_file_alone(params string[] line)
    {
        var state = Checkpoint.Open(workbench.At("run", "latest")).State;
        Assert.Equal(workbench.At("test.safetensors"), (string?)state.Recipe["data"]!["test"]);
        File.Delete(workbench.At("train.safetensors"));
        Assert.Equal(
            (0, ""), workbench.RunIn("folder", line) is var (exitCode, _, error)
            ? (exitCode, error.Contains("warning", StringComparison.Ordinal) ? error : "") : default);
    }

    [Fact]
    public void Data_that_have_moved_are_the_same_by_their_fingerprint_and_named_by_an_option()
    {
        Directory.CreateDirectory(workbench.At("moved"));
        File.Move(workbench.At("train.safetensors"), workbench.At("moved", "a.safetensors"));
        File.Move(workbench.At("test.safetensors"), workbench.At("moved", "b.safetensors"));
        Assert.Equal(3, workbench.Run("evaluate", "run", "--attack", "fgsm", "--examples", "2").ExitCode);
        Assert.Equal(0, workbench.Run("evaluate", "run", "--attack", "fgsm", "--examples", "2", "--data", """{"type":"safetensors","test":"moved/b.safetensors"}""").ExitCode);
        var resumed = workbench.Run(
            "train", "recipe.json", "--run", "run", "--set", "data.train=moved/a.safetensors", "--set",
            "data.test=moved/b.safetensors");
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.Contains("Already finished", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(Hash("recipe.json"), Hash("recipe.json", "--set", "data.train=moved/a.safetensors"));
        Assert.NotEqual(Hash("recipe.json"), Hash("recipe.json", "--set", "data.classes=5"));
    }

    [Fact]
    public void A_copied_recipe_reads_the_same_data_from_its_new_place()
    {
        File.WriteAllText(workbench.At("with-source.json"), """
            { "extends": "recipe.json", "data": { "train": "train.safetensors", "extra": { "path": "more.safetensors" } },
              "evaluate": { "final": [{ "attack": { "type": "transfer", "source": "run", "attack": "fgsm" } }] }, "Serilog": { "path": "kept" } }
            """);
        Assert.Equal(0, workbench.Run("recipe", "copy", "with-source.json", "own/mine.json").ExitCode);
        var text = File.ReadAllText(workbench.At("own", "mine.json"));
        Assert.Contains(""" "data": { "train": "../train.safetensors", "extra": { "path": "../more.safetensors" } },""", text, StringComparison.Ordinal);
        Assert.Contains("\"source\": \"../run\"", text, StringComparison.Ordinal);
        Assert.Contains("{ \"path\": \"kept\" }", text, StringComparison.Ordinal);
    }

    private JsonNode Shown(params string[] line) =>
        JsonNode.Parse(workbench.Run(["recipe", "show", "--plain", .. line]).Output)!["data"]!;

    private string Hash(params string[] line) => workbench.Run(["recipe", "show", .. line]).Output.Split('\n')[0];
}
