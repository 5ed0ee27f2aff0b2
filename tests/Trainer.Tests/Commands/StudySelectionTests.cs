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
