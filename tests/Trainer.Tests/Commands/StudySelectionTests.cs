using System.Text.Json;

namespace Trainer.Tests.Commands;

/// <summary>A study that cannot select is refused before anything is trained.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class StudySelectionTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private const string NoImage = "no image is held out; expected data.validation above 0";

    [Theory]
    [InlineData("validation.robust", NoImage, "data.validation=0")]
    [InlineData("validation.clean", NoImage, "data.validation=0")]
    [InlineData("validation.robust", "evaluate.attacks is empty; add an attack, or expected \"validation.clean\"",
        "evaluate.attacks=[]")]
    [InlineData("validation.clean", "evaluate.attacks is empty, and checkpoint.monitor is \"validation.robust\"; add "
        + "an attack, or expected another checkpoint.monitor", "evaluate.attacks=[]")]
    public void A_study_is_not_selected_by_what_no_best_checkpoint_has(string metric, string problem, string set)
    {
        Write("none.json", metric, set);
        var refused = workbench.Run("study", "none.json", "--list");
        Assert.Equal(
            (2, $"error: select.by: found \"{metric}\" of the best checkpoint, but {problem} (in recipe.seed=0)\n"),
            (refused.ExitCode, refused.Error));
    }

    [Theory]
    [InlineData("threat.epsilon=0.01", "validation.robust", false)]
    [InlineData("evaluate.attacks=[\\\"mim\\\"]", "validation.robust", false)]
    [InlineData("evaluate.examples=7", "validation.clean", false)]
    [InlineData("threat.epsilon=0.01", "validation.clean", true)]
    public void Settings_are_selected_by_the_same_measurement(string set, string metric, bool isRight)
    {
        File.WriteAllText(workbench.At("other.json"), $$"""
            {
              "name": "other",
              "recipes": [{ "file": "recipe.json" }],
              "overrides": [{ "name": "usual", "set": [] }, { "name": "other", "set": ["{{set}}"] }],
              "select": { "by": "{{metric}}" }
            }
            """);
        var (code, _, error) = workbench.Run("study", "other.json", "--list");
        Assert.Equal(isRight ? 0 : 2, code);
        Assert.StartsWith(isRight ? "" : $"error: select.by: found {metric} of ", error, StringComparison.Ordinal);
        Assert.Contains(isRight ? "" : ", as in recipe.usual.seed=0: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_attacks_a_study_is_selected_by_clean_accuracy()
    {
        Write("clean.json", "validation.clean", "evaluate.attacks=[]", "checkpoint.monitor=validation.clean");
        Assert.Equal(0, workbench.Run("study", "clean.json", "--list").ExitCode);
    }

    [Theory]
    [InlineData("data.validation=0", "data.validation: no image is held out")]
    [InlineData("evaluate.attacks=[]", "evaluate.attacks: empty")]
    public void A_run_without_a_best_checkpoint_says_so(string set, string caution)
    {
        var (code, _, error) = workbench.Run("train", "recipe.json", "--run", set[..4], "--set", set);
        Assert.Equal(0, code);
        Assert.Contains(caution, error + File.ReadAllText(workbench.At(set[..4], "log.txt")), StringComparison.Ordinal);
        Assert.DoesNotContain(caution, File.ReadAllText(workbench.At("run", "log.txt")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "st/paths.json")]
    [InlineData("st", "paths.json")]
    public void A_path_that_a_study_sets_belongs_to_its_file(string working, string file)
    {
        Directory.CreateDirectory(workbench.At("st"));
        File.WriteAllText(workbench.At("st", "paths.json"), """
            {
              "name": "paths",
              "recipes": [{ "file": "../recipe.json", "set": ["data.train=own.safetensors"] }],
              "set": ["train.maxSteps=1", "evaluate.final=[]"]
            }
            """);
        workbench.Write(Path.Combine("st", "own.safetensors"), 40);
        var run = workbench.At($"paths{working}");
        var trained = workbench.RunIn(working, "study", file, "--run", run, "--cell", "0");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        using var stored = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "recipe.seed=0", "recipe.json")));
        Assert.Equal(
            workbench.At("st", "own.safetensors"),
            stored.RootElement.GetProperty("data").GetProperty("train").GetString());
        // A second start finds the same recipe.
        Assert.Equal(0, workbench.RunIn(working, "study", file, "--run", run, "--list").ExitCode);
    }

    private void Write(string file, string metric, params string[] set) => File.WriteAllText(
        workbench.At(file), $$"""
            {
              "name": "selected",
              "recipes": [{ "file": "recipe.json" }],
              "set": {{JsonSerializer.Serialize(set)}},
              "select": { "by": "{{metric}}" }
            }
            """);
}
