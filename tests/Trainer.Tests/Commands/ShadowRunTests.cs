using System.Text.Json.Nodes;

namespace Trainer.Tests.Commands;

/// <summary>Which shadow runs an audit uses, and at which checkpoint.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class ShadowRunTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private static readonly string[] Half = ["""data.subset={"seed":0}"""];

    // So slow that no verdict changes: of equal scores the first epoch's is the best.
    private static readonly string[] Slow =
        ["train.epochs=3", "optimizer.learningRate=0.001", "checkpoint.keepLast=9", .. Half];

    [Fact]
    public void Target_and_shadow_runs_are_measured_at_the_same_kind_of_checkpoint()
    {
        Train("target", Slow);
        Assert.Equal("best", Audit("target", "trained", "--train-shadows", "2"));
        string[] runs = ["target", "target-shadows/001", "target-shadows/002"];
        foreach (var run in runs)
        {
            Assert.StartsWith("000001-", Named(run, "best"), StringComparison.Ordinal);
            Assert.StartsWith("000004-", Named(run, "latest"), StringComparison.Ordinal);
            // Of a copy the latest one alone is left.
            workbench.Copy(run, $"ends/{run}");
            foreach (var checkpoint in Directory.GetDirectories(workbench.At("ends", run), "*-step-*"))
                if (!checkpoint.EndsWith(Named(run, "latest"), StringComparison.Ordinal))
                    Directory.Delete(checkpoint, recursive: true);
        }
        Assert.Equal("latest", Audit("target/latest", "latest"));
        Assert.Equal("latest", Audit("target/latest", "ends-only", "--shadows", "ends/target-shadows"));
        Assert.Equal(Scores("latest"), Scores("ends-only"));
        Assert.NotEqual(Scores("latest"), Scores("trained"));
        Refused("'ends/target-shadows/001' has no sound best checkpoint, and the audited one is its run's best.",
            "target", "--out", "none", "--shadows", "ends/target-shadows");
        // The last epoch's checkpoint has the weights of the latest.
        var epochs = Directory.GetDirectories(workbench.At("target"), "*-step-*").Order(StringComparer.Ordinal)
            .ToList();
        Assert.Equal("latest", Audit(epochs[2], "epoch-3"));
        Assert.Equal(Scores("latest"), Scores("epoch-3"));
        Refused("is neither the best nor the latest checkpoint of its run, and shadow runs are measured at", epochs[1],
            "--method", "rmia");
        Assert.Null(Audit(epochs[1], "no-shadows", "--method", "loss"));
    }

    [Fact]
    public void A_shadow_run_of_the_targets_seed_is_left_out_and_none_is_trained()
    {
        Train("third", [.. Half, "seed=3"]);
        Assert.Equal(0, workbench.Run("audit", "third", "--train-shadows", "4").ExitCode);
        Assert.Equal([1, 2, 1_000_003, 4], Enumerable.Range(1, 4).Select(Seed));
        // A run that has begun keeps its seed, and can be used for another target.
        Train("first", [.. Half, "seed=4"]);
        Directory.Move(workbench.At("third-shadows"), workbench.At("first-shadows"));
        var (code, _, error) = workbench.Run("audit", "first", "--train-shadows", "4");
        Assert.Equal(0, code);
        Assert.Contains("/004' is left out: it has the audited run's seed 4, and so its initial weights\n", error,
            StringComparison.Ordinal);
        Assert.Contains("note: 3 shadow runs of", error, StringComparison.Ordinal);

        int Seed(int number) => (int)JsonNode.Parse(File.ReadAllText(
            workbench.At("third-shadows", $"00{number}", "recipe.json")))!["seed"]!;
    }

    [Fact]
    public void A_shadow_run_of_another_recipe_is_found_before_any_is_trained()
    {
        Train("own", Half);
        Train("other", [.. Half, "optimizer.learningRate=0.04"]);
        Assert.Equal(0, workbench.Run("audit", "other", "--train-shadows", "2").ExitCode);
        Directory.CreateDirectory(workbench.At("own-shadows"));
        Directory.Move(workbench.At("other-shadows", "002"), workbench.At("own-shadows", "002"));
        var (code, _, error) = workbench.Run("audit", "own", "--train-shadows", "2");
        Assert.Equal(2, code);
        Assert.Contains("/002' is a run of another recipe: optimizer.learningRate: ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workbench.At("own-shadows", "001")));
    }

    [Fact]
    public void A_run_that_has_not_ended_is_not_compared_with_shadow_runs_that_have()
    {
        Train("whole", Slow);
        var first = Named("whole", "best");
        workbench.Copy($"whole/{first}", $"begun/{first}");
        File.WriteAllText(workbench.At("begun", "latest"), first);
        Refused("shadow runs are finished ones, and the audited run is not.", "begun", "--train-shadows", "2");
    }

    private void Train(string name, string[] set)
    {
        var (code, _, error) = workbench.Run(
            ["train", "recipe.json", "--run", name, .. set.SelectMany(value => new[] { "--set", value })]);
        Assert.Equal((0, ""), (code, error));
    }

    /// <summary>Which checkpoint the audit says that it measured.</summary>
    private string? Audit(string run, string output, params string[] options)
    {
        var (code, _, error) = workbench.Run(["audit", run, "--out", output, .. options]);
        Assert.Equal((0, false), (code, error.Contains("error", StringComparison.Ordinal)));
        return (string?)JsonNode.Parse(File.ReadAllText(workbench.At(output, "audit.json")))!["checkpoint"];
    }

    private void Refused(string message, params string[] line)
    {
        var (code, _, error) = workbench.Run(["audit", .. line]);
        Assert.Equal(2, code);
        Assert.Contains(
            message, error.Split('\n').Single(text => text.StartsWith("error: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    private string Named(string run, string file) => File.ReadAllText(workbench.At(run, file)).Trim();

    private string Scores(string output) => File.ReadAllText(workbench.At(output, "scores.csv"));
}
