using Trainer.Engine.Training;

namespace Trainer.Tests.Commands;

/// <summary>trainer study report, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class StudyReportCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Fact]
    public void A_report_of_the_file_warns_of_runs_that_began_with_another_recipe()
    {
        const string Study = """{ "name": "renamed", "recipes": [{ "file": "recipe.json" }] """;
        File.WriteAllText(workbench.At("renamed.json"), Study + "}");
        string[] report = ["study", "report", "renamed.json", "--run", "renamed"];
        Assert.Equal(0, workbench.Run("study", "renamed.json", "--run", "renamed", "--cell", "0").ExitCode);
        Assert.Equal((0, ""), workbench.Run(report) is var (same, _, none) ? (same, none) : default);
        File.WriteAllText(workbench.At("renamed.json"), Study + """, "set": ["optimizer.learningRate=0.2"] }""");
        var (code, _, error) = workbench.Run(report);
        Assert.Equal(0, code);
        Assert.StartsWith("warning: 1 run in ", error, StringComparison.Ordinal);
        Assert.EndsWith("recipe.seed=0: optimizer.learningRate: 0.05 → 0.2\n", error, StringComparison.Ordinal);
        Assert.Equal("", workbench.Run("study", "report", "renamed").Error);
    }

    [Fact]
    public void A_damaged_run_is_named_and_does_not_keep_the_others_from_the_report()
    {
        File.WriteAllText(workbench.At("two.json"), """
            { "name": "two", "recipes": [{ "file": "recipe.json" }], "seeds": [0, 1] }
            """);
        foreach (var cell in (string[])["0", "1"])
            Assert.Equal(0, workbench.Run("study", "two.json", "--run", "two", "--cell", cell).ExitCode);
        Assert.True(RunUsage.Read(workbench.At("two", "recipe.seed=1"))!.Seconds > 0);
        File.WriteAllText(workbench.At("two", "recipe.seed=0", "recipe.json"), "garbage");
        var (code, output, error) = workbench.Run("study", "report", "two");
        Assert.Equal(0, code);
        Assert.StartsWith("warning: recipe.seed=0 cannot be read and is not in the means: ", error,
            StringComparison.Ordinal);
        Assert.Contains(" 1 of 2 ", output, StringComparison.Ordinal);
        Assert.Contains(
            "| recipe.seed=0 | unreadable |", File.ReadAllText(workbench.At("two", "study.md")),
            StringComparison.Ordinal);
        foreach (var tensors in Directory.GetFiles(workbench.At("two", "recipe.seed=1"), "*.safetensors",
            SearchOption.AllDirectories))
            File.WriteAllText(tensors, "");
        Assert.Contains("warning: ", workbench.Run("study", "report", "two").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--run: found 'new' with the study's folder 'folder'", "folder", "--run", "new")]
    [InlineData("'nowhere' does not exist, expected a study's file or folder.", "nowhere")]
    public void A_report_of_nothing_or_of_two_folders_is_refused(string message, params string[] arguments)
    {
        var (code, _, error) = workbench.Run(["study", "report", .. arguments]);
        Assert.Equal(2, code);
        Assert.StartsWith($"error: {message}", error, StringComparison.Ordinal);
    }
}
