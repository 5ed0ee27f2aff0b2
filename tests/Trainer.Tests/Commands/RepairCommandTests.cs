using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Commands;

/// <summary>The command repair, from a poisoned run to a measured one.</summary>
public sealed class RepairCommandTests : IClassFixture<CommandWorkbench>
{
    private readonly CommandWorkbench workbench;

    public RepairCommandTests(CommandWorkbench workbench) => this.workbench = workbench;

    [Fact]
    public void A_repaired_network_is_a_run_of_its_own_and_the_former_one_is_as_it_was()
    {
        Assert.Equal(0, workbench.Run(
            "train", "recipe.json", "--run", "poisoned", "--set", "model.type=conv-small-bn", "--set",
            """data.poison={"type":"badnets","target":1,"rate":0.25,"size":2}""", "--set", "average=ema").ExitCode);
        var before = Bytes("poisoned");
        foreach (var method in (string[])["fine-tuning", "fine-pruning", "nad", "anp"])
        {
            string[] length = method == "anp" ? ["--iterations", "3"] : ["--epochs", "2"];
            string[] bound = method is "anp" or "fine-pruning" ? ["--max-drop", "0.9"] : [];
            var (code, output, error) = workbench.Run(
                ["repair", "poisoned", "--method", method, "--share", "0.2", .. length, .. bound]);
            Assert.Equal((0, false), (code, error.Contains("error", StringComparison.Ordinal)));
            foreach (var when in (string[])["before", "after"])
                Assert.Matches($@"(?m)^{when} +badnets +12 +\S+ +\S+ to \S+ +9 +\d+\.\d ", output);
            Assert.Contains("Of 8 clean held-out images 6 were trained on", output, StringComparison.Ordinal);
            Assert.Equal(
                method switch { "fine-pruning" => true, "anp" => true, _ => false },
                output.Contains($"{method} pruned ", StringComparison.Ordinal));
            var folder = $"poisoned-{method}";
            Assert.Equal(0, workbench.Run("evaluate", folder, "--backdoor").ExitCode);
            Assert.Equal(0, workbench.Run("evaluate", folder, "--attack", "fgsm", "--examples", "2").ExitCode);
            Assert.Equal(0, workbench.Run("report", folder, "--examples", "4").ExitCode);
            Assert.Contains($"changed by {method} with 8 clean", File.ReadAllText(workbench.At(folder, "report.html")),
                StringComparison.Ordinal);
            var record = JsonNode.Parse(File.ReadAllText(workbench.At(folder, "repair.json")))!;
            Assert.Equal(method, (string?)record["method"]);
            Assert.Equal(method switch
            {
                "fine-pruning" => "fine-pruning --share 0.2 --epochs 2 --learning-rate 0.01 --max-drop 0.9",
                "anp" => "anp --share 0.2 --max-drop 0.9 --iterations 3",
                _ => $"{method} --share 0.2 --epochs 2 --learning-rate 0.01",
            }, (string?)record["procedure"]);
        }
        // Pruned channels stay so through the fine-tuning, and in the checkpoint.
        var decision = Regex.Match(
            File.ReadAllText(workbench.At("poisoned-fine-pruning", "repair.json")), @"pruned (\d+) of 32 channels");
        var pruned = int.Parse(decision.Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(pruned, 1, 31);
        Assert.Equal((pruned, 0), (UnreadChannels("poisoned-fine-pruning"), UnreadChannels("poisoned-fine-tuning")));
        Assert.Equal(before, Bytes("poisoned"));
        // The same command gives the same weights.
        Assert.Equal(0, workbench.Run("repair", "poisoned", "--method", "nad", "--share", "0.2", "--epochs", "2",
            "--out", "again").ExitCode);
        Assert.Equal(Weights("poisoned-nad"), Weights("again"));
        Assert.NotEqual(Weights("poisoned-nad"), Weights("poisoned-fine-tuning"));
        Refused(2, "--out: 'again' is not empty", "poisoned", "--method", "nad", "--share", "0.2", "--out", "again");
        foreach (var place in (string[])["poisoned/again", "poisoned/000009-step-000000009", "again/deep/er"])
            Refused(2, $"--out: '{place}' is inside the run folder '", "poisoned", "--method", "nad", "--share", "0.2",
                "--out", place);
    }

    [Fact]
    public void What_cannot_be_repaired_is_one_sentence()
    {
        var (code, output, _) = workbench.Run(
            "repair", "run", "--method", "fine-tuning", "--share", "0.2", "--epochs", "1", "--out", "clean");
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^after +12 +\d", output);
        Refused(2, "anp prunes channels of batch norm", "run", "--method", "anp", "--share", "0.2");
        Refused(2, "--share: found 0.5, or 20 of 40 images, expected from 5 to the 8 that the run held out", "run",
            "--method", "nad", "--share", "0.5");
        Refused(2, "--share: found \"1\", expected a number above 0 and below 1", "run", "--method", "nad", "--share",
            "1");
        Refused(2, "expected fine-tuning or fine-pruning or nad or anp", "run", "--method", "magic");
        Refused(2, "--method", "run");
        foreach (var (method, option, value) in new[]
        {
            ("anp", "--epochs", "2"), ("anp", "--learning-rate", "0.1"), ("nad", "--iterations", "3"),
            ("fine-tuning", "--max-drop", "0.1"), ("fine-pruning", "--iterations", "3"),
        })
            Refused(2, $"{option} is not for --method {method}, which does not use it. Leave it out.", "run",
                "--method", method, option, value);
        Assert.Equal(0, workbench.Run("export", "run", "weights.safetensors").ExitCode);
        Refused(2, "is a file of weights", "weights.safetensors", "--method", "nad");
        Assert.Equal(0, workbench.Run(
            "train", "recipe.json", "--run", "whole", "--set", "data.validation=0", "--set", "evaluate.attacks=[]")
            .ExitCode);
        Refused(2, "data.validation: the run held out no images", "whole", "--method", "fine-tuning");
    }

    [Fact]
    public void A_repaired_run_may_be_beside_the_runs_of_a_study_and_not_in_one_of_them()
    {
        Assert.Equal(0, workbench.Run("study", "study.json", "--run", "board", "--cell", "0").ExitCode);
        // All runs of a study together lock its folder.
        RunLock.Take(RunFolder.In(workbench.At("board"))).Dispose();
        Assert.True(File.Exists(workbench.At("board", ".lock")));
        string[] repair =
            ["board/recipe.seed=0", "--method", "fine-tuning", "--share", "0.2", "--epochs", "1", "--out"];
        Refused(2, "is inside the run folder", [.. repair, "board/recipe.seed=0/other"]);
        Assert.Equal(0, workbench.Run(["repair", .. repair, "board/other"]).ExitCode);
    }

    private void Refused(int exitCode, string message, params string[] line)
    {
        var before = workbench.Contents;
        var (code, _, error) = workbench.Run(["repair", .. line]);
        Assert.Equal((exitCode, true), (code, error.Contains(message, StringComparison.Ordinal)));
        Assert.Equal(before, workbench.Contents);
    }

    private Dictionary<string, string> Bytes(string folder) => Directory
        .EnumerateFiles(workbench.At(folder), "*", SearchOption.AllDirectories)
        .ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(
            File.ReadAllBytes(file))));

    /// <summary>How many channels of the last convolution the next layer reads by zeros alone.</summary>
    private int UnreadChannels(string run)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Path.Combine(
            Directory.GetDirectories(workbench.At(run), "*-step-*").Single(), "model.safetensors"));
        var read = file.Read("fc1.weight").reshape(100, 32, -1).ne(0).any(2).any(0L);
        return (int)(32 - read.sum().item<long>());
    }

    private byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(
        Directory.GetDirectories(workbench.At(run), "*-step-*").Single(), "model.safetensors"));
}
