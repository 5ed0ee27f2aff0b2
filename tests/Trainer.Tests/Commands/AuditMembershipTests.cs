using System.Text.Json.Nodes;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Commands;

/// <summary>Whether the command audit knows what a run was trained on.</summary>
public sealed class AuditMembershipTests : IClassFixture<CommandWorkbench>
{
    private const string Half = """data.subset={"seed":0}""";
    private readonly CommandWorkbench workbench;

    public AuditMembershipTests(CommandWorkbench workbench) => this.workbench = workbench;

    [Fact]
    public void Random_labels_of_noise_learnt_by_heart_are_found()
    {
        WriteNoise("noise", 64, 1);
        WriteNoise("unseen", 64, 2);
        Train(
            "leak", $"data.train={workbench.At("noise")}", $"data.test={workbench.At("unseen")}", "data.validation=1",
            "data.classes=10", """objective={"type":"standard"}""", "train.epochs=80", "evaluate.everyEpochs=80");
        var (code, output, _) = workbench.Run("audit", "leak", "--method", "loss");
        Assert.Equal(0, code);
        Assert.Contains("accuracy, clean: 100.0 % on the members", output, StringComparison.Ordinal);
        var report = JsonNode.Parse(File.ReadAllText(workbench.At("leak", "privacy", "audit.json")))!;
        Assert.Equal(63, (int)report["members"]!);
        Assert.InRange((double)report["methods"]![0]!["auc"]!, 0.97, 1);
        Assert.InRange((double)report["methods"]![0]!["balanced"]!["value"]!, 0.9, 1);
    }

    [Fact]
    public void Shadow_runs_that_learnt_random_labels_by_heart_tell_the_members()
    {
        WriteNoise("halves", 64, 3);
        Train(
            "heart", $"data.train={workbench.At("halves")}", "data.validation=0", "data.classes=10",
            """objective={"type":"standard"}""", "train.epochs=25", "evaluate.everyEpochs=25",
            """optimizer={"type":"adam","learningRate":0.005}""", Half);
        Assert.Equal(0, workbench.Run("audit", "heart", "--train-shadows", "2").ExitCode);
        var report = JsonNode.Parse(File.ReadAllText(workbench.At("heart", "privacy", "audit.json")))!;
        var online = report["methods"]!.AsArray().Single(one => (string)one!["name"]! == "lira-online")!;
        // With members and non-members exchanged it would be below a half.
        Assert.InRange((double)online["auc"]!, 0.8, 1);
    }

    [Fact]
    public void Of_a_run_on_a_half_other_perturbed_images_are_refused()
    {
        foreach (var (folder, seed) in new[] { ("first", 0), ("second", 1) })
            Assert.Equal(0, workbench.Run("poison", "recipe.json", "--out", folder, "--set", $$"""
                data.poison={"type":"unlearnable","rounds":1,"steps":1,"trainSteps":1,"seed":{{seed}}}
                """).ExitCode);
        File.Copy(workbench.At("first", "perturbed.safetensors"), workbench.At("noisy"));
        Train("noisy-half", """data.poison={"type":"unlearnable","perturbed":"noisy"}""", Half);
        Assert.Equal(0, workbench.Run("audit", "noisy-half", "--train-shadows", "2").ExitCode);
        File.Copy(workbench.At("second", "perturbed.safetensors"), workbench.At("noisy"), overwrite: true);
        var (code, _, error) = workbench.Run("audit", "noisy-half", "--method", "loss");
        Assert.Equal(3, code);
        Assert.StartsWith("error: The training images differ from those of", error, StringComparison.Ordinal);
    }

    private void WriteNoise(string name, int count, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        SafetensorsWriter.Write(
            workbench.At(name),
            [
                ("images", randint(0, 256, [count, 1, 8, 8], ScalarType.Byte, generator: generator)),
                ("labels", randint(0, 10, [count], ScalarType.Int64, generator: generator)),
            ],
            new Dictionary<string, string>());
    }

    private void Train(string name, params string[] set)
    {
        var (code, _, error) = workbench.Run(
            ["train", "recipe.json", "--run", name, .. set.SelectMany(value => new[] { "--set", value })]);
        Assert.Equal((0, ""), (code, error));
    }
}
