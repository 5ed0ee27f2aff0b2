namespace Trainer.Tests.Commands;

/// <summary>What a line asks for is looked at and answered also where nothing is left to measure.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class CachedResultsTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Theory]
    [InlineData("report run --examples 3 --device foo", 2,
        "--device: found \"foo\", expected \"auto\", \"cpu\", \"cuda\" or \"cuda:1\".")]
    [InlineData("report run --examples 0 --device foo", 2,
        "--device: found \"foo\", expected \"auto\", \"cpu\", \"cuda\" or \"cuda:1\".")]
    [InlineData("report run --examples 3 --device cuda:99", 5, "--device: found ")]
    [InlineData("evaluate run --attack fgsm --examples 2 --set device=foo", 2, "device: found \"foo\", expected")]
    [InlineData("train recipe.json --run run --set device=foo", 2, "device: found \"foo\", expected")]
    public void A_device_that_does_not_exist_is_refused(string line, int exitCode, string message)
    {
        Assert.Equal(0, workbench.Run("report", "run", "--examples", "3").ExitCode);
        Assert.Equal(0, workbench.Run("evaluate", "run", "--attack", "fgsm", "--examples", "2").ExitCode);
        var result = workbench.Run(line.Split(' '));
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.StartsWith($"error: {message}", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate run --attack fgsm --examples 13",
        "note: --examples: found 13, but there are 12 test images; all 12 are used\n")]
    [InlineData("evaluate run --attack fgsm --examples 13 --subset random",
        "note: --examples: found 13, but there are 12 test images; all 12 are used\n")]
    [InlineData("evaluate run --attack fgsm",
        "note: evaluate.final[0].examples: found 1000, but there are 12 test images; all 12 are used\n")]
    [InlineData("evaluate run --attack fgsm --set evaluate.final=[{\"attack\":\"fgsm\",\"examples\":99}]",
        "note: evaluate.final[0].examples: found 99, but there are 12 test images; all 12 are used\n")]
    [InlineData("report run --examples 13", "examples: found 13, but there are 12 test images; all 12 are used\n")]
    public void More_examples_than_there_are_is_said(string line, string message)
    {
        var result = workbench.Run(
            line.Contains("99", StringComparison.Ordinal)
            ? line.Replace(" --attack fgsm", "", StringComparison.Ordinal).Split(' ') : line.Split(' '));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "but there are", workbench.Run("evaluate", "run", "--attack", "fgsm", "--examples", "12").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Training_logs_it_too()
    {
        var result = workbench.Run([
            "train", "recipe.json", "--run", "new", .. CommandWorkbench.Breakable, "--set", "evaluate.examples=9",
            "--set", "evaluate.checks=13",
            "--set", "logging.reportExamples=14",
            "--set", """evaluate.final=[{"attack":"fgsm","examples":12},{"attack":"fgsm","examples":15}]"""]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(
            "evaluate.examples: found 9, but there are 8 held-out images; all 8 are used", result.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            "evaluate.checks: found 13, but there are 12 test images; all 12 are used", result.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            "logging.reportExamples: found 14, but there are 12 test images; all 12 are used", result.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            "evaluate.final[1].examples: found 15, but there are 12 test images; all 12 are used", result.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("evaluate.final[0].examples: found", result.Output, StringComparison.Ordinal);
    }
}
