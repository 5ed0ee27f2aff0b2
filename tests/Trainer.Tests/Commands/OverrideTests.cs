namespace Trainer.Tests.Commands;

/// <summary>
/// A fault that a value of the command line or environment causes names that value, and neither the file nor the
/// checkpoint.
/// </summary>
/// <param name="workbench">Where commands run.</param>
public sealed class OverrideTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private const string Missing = "threat.epsilon: missing, expected a number of at least 0.\n";

    [Theory]
    [InlineData("evaluate run --set threat.norm=l2", "--set threat.norm=l2: " + Missing)]
    [InlineData("train recipe.json --set threat.norm=l2", "--set threat.norm=l2: " + Missing)]
    [InlineData("recipe show recipe.json --set threat.norm=l2", "--set threat.norm=l2: " + Missing)]
    [InlineData("recipe check recipe.json --set seed=3 --set threat.norm=l2 --set train.epochs=2",
        "--set threat.norm=l2: " + Missing)]
    [InlineData("evaluate run --recipe recipe.json --set threat.norm=l2", "--set threat.norm=l2: " + Missing)]
    [InlineData("evaluate run --set data.validation=-1",
        "--set data.validation: found -1, expected a whole number of at least 0.\n")]
    [InlineData("evaluate run --attack pgd", "--attack: steps: missing, expected a whole number of at least 0.\n")]
    [InlineData("evaluate run --attack {\"type\":\"pgd\",\"steps\":\"x\"}",
        "--attack: steps: found \"x\", expected a whole number of at least 0.\n")]
    [InlineData("evaluate run --set data={\"type\":\"x\"}", "--set data: data.type: found \"x\", "
        + "expected one of cifar-10, cifar-100, fashion-mnist, image-folder, mnist, npy, npz, parquet, safetensors.\n")]
    [InlineData("evaluate run --data x",
        "--data: type: found \"x\", expected one of cifar-10, cifar-100, fashion-mnist, image-folder, mnist, npy, npz, "
        + "parquet, safetensors.\n")]
    public void A_fault_names_the_option_that_causes_it(string line, string message)
    {
        var result = workbench.Run(line.Split(' '));
        Assert.Equal((2, $"error: {message}"), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("show")]
    [InlineData("check")]
    public void A_fault_names_the_variable_that_causes_it(string command)
    {
        const string variable = "TRAINER__threat__norm";
        Environment.SetEnvironmentVariable(variable, "l2");
        try
        {
            Assert.Equal(
                "error: TRAINER__threat__norm=l2: " + Missing, workbench.Run("recipe", command, "recipe.json").Error);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public void A_fault_of_the_file_stays_the_file_s()
    {
        File.WriteAllText(workbench.At("bad.json"), """{ "extends": "recipe.json", "threat": { "norm": "l2" } }""");
        var result = workbench.Run("recipe", "show", "bad.json", "--set", "seed=3");
        Assert.Equal("error: recipe.json:5: " + Missing, result.Error);
    }

    [Theory]
    [InlineData("recipe show recipe.json --set data.test=\"a\\u0000b\"", "--set data.test")]
    [InlineData("evaluate run --data {\"type\":\"mnist\",\"path\":\"a\\u0000b\"}", "--data: path")]
    [InlineData("evaluate run --attack {\"type\":\"transfer\",\"source\":\"a\\u0000b\",\"attack\":\"fgsm\"}",
        "--attack: source")]
    [InlineData("recipe show nul.json", "nul.json:1: extends")]
    [InlineData("recipe copy nul.json new.json", "nul.json:1: extends")]
    public void Text_with_NUL_is_refused(string line, string place)
    {
        File.WriteAllText(workbench.At("nul.json"), """{ "extends": "a\u0000b" }""");
        var before = workbench.Contents;
        var result = workbench.Run(line.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(
            $"{place}: found text with the character NUL (\\u0000), expected text without it.", result.Error,
            StringComparison.Ordinal);
        Assert.Equal(before, workbench.Contents);
    }

    [Fact]
    public void Where_the_test_images_of_a_run_are_gone_the_advice_names_the_option_for_others()
    {
        File.Move(workbench.At("test.safetensors"), workbench.At("moved.safetensors"));
        var result = workbench.Run("evaluate", "run", "--attack", "fgsm", "--examples", "2");
        File.Move(workbench.At("moved.safetensors"), workbench.At("test.safetensors"));
        Assert.Equal(
            (3, true), (result.ExitCode, result.Error.EndsWith(" Where the run's data set has moved, "
            + "name its place with --data JSON.\n", StringComparison.Ordinal)));
    }

    [Fact]
    public void No_images_mean_no_checks_and_no_measurement_for_the_report()
    {
        var result = workbench.Run(
            "train", "recipe.json", "--run", "without", "--set", "evaluate.checks=0", "--set",
            "logging.reportExamples=0");
        Assert.Equal((0, false, false), (result.ExitCode, result.Output.Contains("masking", StringComparison.Ordinal),
            File.Exists(workbench.At("without", "checks.json"))));
        Assert.False(File.Exists(workbench.At("without", "examination.json")));
    }

    [Fact]
    public void The_log_names_threads_and_precision_in_plain_words()
    {
        var result = workbench.Run("train", "recipe.json", "--run", "plain", "--threads", "1");
        var line = File.ReadLines(workbench.At("plain", "log.txt"))
            .First(line => line.Contains("Begins", StringComparison.Ordinal));
        Assert.Contains(" on cpu with 1 thread, attacks in float32, in ", line, StringComparison.Ordinal);
        Assert.Contains(" on cpu with 1 thread, attacks in float32, in ", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('"', line.Replace("\"Run\":\"small\"", "", StringComparison.Ordinal));
    }
}
