namespace Trainer.EndToEnd;

public sealed class CompareTests : IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void Two_runs_are_compared_example_by_example()
    {
        foreach (var seed in (string[])["0", "1"])
            Assert.Equal(0, workbench.Run(
                "train", "small.json", "--run", $"run{seed}", "--set", $"name=seed-{seed}", "--set", $"seed={seed}",
                "--set", "train.epochs=4").ExitCode);
        var before = workbench.Contents;
        var result = workbench.Run("compare", "run0", "run1");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"(?m)^seed +0 +1 *$", result.Output);
        Assert.Matches(@"(?m)^seed-0 +best +pgd-4 +L∞ ≤ 0.1 +40 +\d+\.\d.% +\d+\.\d to \d+\.\d.%", result.Output);
        Assert.Matches(@"(?m)^seed-0 +seed-1 +best +pgd-4, L∞ ≤ 0.1 +40 +\d+ +\d+ +[-.e\d]+ *$", result.Output);
        Assert.Matches(@"(?m)^seed-0 +seed-1 +best +clean +40 +\d+ +\d+ +[-.e\d]+ *$", result.Output);
        Assert.EndsWith($"The page is {workbench.At("compare.html")}\n", result.Output, StringComparison.Ordinal);
        Assert.Equal([workbench.At("compare.html")], workbench.Contents.Except(before));
        Assert.Equal(0, workbench.Run("compare", "run0", "run1").ExitCode);
    }

    [Fact]
    public void Other_attacks_are_not_compared_and_files_of_others_not_replaced()
    {
        Assert.Equal(0, workbench.Run(
            "train", "small.json", "--run", "a", "--set", "train.epochs=4")
            .ExitCode);
        Assert.Equal(0, workbench.Run(
            "train", "small.json", "--run", "b", "--set", "train.epochs=4",
            "--set", "evaluate.final=[{\"attack\":{\"type\":\"fgsm\"},\"examples\":40}]").ExitCode);
        var result = workbench.Run("compare", "a", "b", "--out", "page.html");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(
            "Not comparable: a and b, best: no evaluation of the one is comparable with one of the other: "
            + "other attacks (pgd-4 and fgsm).", result.Output, StringComparison.Ordinal);
        File.WriteAllText(workbench.At("mine.html"), "mine");
        var refused = workbench.Run("compare", "a", "b", "--out", "mine.html");
        Assert.Equal((2, $"error: --out: '{workbench.At("mine.html")}' exists already and is no page of the trainer's. "
            + "Name another file.\n"), (refused.ExitCode, refused.Error));
        Assert.Equal("mine", File.ReadAllText(workbench.At("mine.html")));
    }

    [Fact]
    public void One_run_alone_has_nothing_to_be_compared_with()
    {
        var result = workbench.Run("compare", "digits");
        Assert.Equal(
            (2, "error: There is nothing to compare 'digits' with. Name two or more run folders.\n"),
            (result.ExitCode, result.Error));
    }
}
