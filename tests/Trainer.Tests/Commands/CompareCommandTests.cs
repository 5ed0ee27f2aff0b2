namespace Trainer.Tests.Commands;

/// <summary>trainer compare, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class CompareCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Fact]
    public void Two_runs_are_compared_example_by_example()
    {
        foreach (var seed in (string[])["0", "1"])
            Assert.Equal(0, workbench.Run(
                "train", "recipe.json", "--run", $"run{seed}", "--set", $"name=seed-{seed}", "--set", $"seed={seed}",
                "--set", """evaluate.final=[{"attack":{"type":"pgd","steps":4},"examples":12}]""").ExitCode);
        var before = workbench.Contents;
        var result = workbench.Run("compare", "run0", "run1");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"(?m)^seed +0 +1 *$", result.Output);
        Assert.Matches(@"(?m)^seed-0 +best +pgd-4 +L∞ ≤ 0.1 +12 +\d+\.\d.% +\d+\.\d to \d+\.\d.%", result.Output);
        Assert.Matches(@"(?m)^seed-0 +seed-1 +best +pgd-4, L∞ ≤ 0.1 +12 +\d+ +\d+ +[-.e\d]+ *$", result.Output);
        Assert.Matches(@"(?m)^seed-0 +seed-1 +best +clean +12 +\d+ +\d+ +[-.e\d]+ *$", result.Output);
        Assert.EndsWith($"The page is {workbench.At("compare.html")}\n", result.Output, StringComparison.Ordinal);
        Assert.Equal([workbench.At("compare.html")], workbench.Contents.Except(before));
        Assert.Equal(0, workbench.Run("compare", "run0", "run1").ExitCode);
    }

    [Fact]
    public void Other_attacks_are_not_compared_and_files_of_others_not_replaced()
    {
        Assert.Equal(0, workbench.Run(
            "train", "recipe.json", "--run", "other", "--set",
            """evaluate.final=[{"attack":{"type":"pgd","steps":4},"examples":4}]""").ExitCode);
        var result = workbench.Run("compare", "run", "other", "--out", "page.html");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(
            "Not comparable: run and other, best: no evaluation of the one is comparable with one of the other: "
            + "other attacks (fgsm and pgd-4).", result.Output, StringComparison.Ordinal);
        File.WriteAllText(workbench.At("mine.html"), "mine");
        var refused = workbench.Run("compare", "run", "other", "--out", "mine.html");
        Assert.Equal((2, $"error: --out: '{workbench.At("mine.html")}' exists already and is no page of the trainer's. "
            + "Name another file.\n"), (refused.ExitCode, refused.Error));
        Assert.Equal("mine", File.ReadAllText(workbench.At("mine.html")));
    }

    [Fact]
    public void One_run_alone_has_nothing_to_be_compared_with()
    {
        var result = workbench.Run("compare", "folder");
        Assert.Equal(
            (2, "error: There is nothing to compare 'folder' with. Name two or more run folders.\n"),
            (result.ExitCode, result.Error));
    }
}
