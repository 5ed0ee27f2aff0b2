using System.Text.Json.Nodes;

namespace Trainer.EndToEnd;

/// <summary>recipes/extension-example, as a user would run it.</summary>
public sealed class ExtensionTests : IDisposable
{
    private static readonly string Recipe = Repository.At("recipes", "extension-example", "recipe.json");
    private static readonly string Assembly = Repository.At("recipes", "extension-example", "bin", "Stripes.dll");
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void The_example_trains_with_its_own_components_and_resumes_after_a_stop()
    {
        Assert.Equal(0, workbench.Run("train", Recipe, "--run", "whole", "--set", "evaluate.final=[]").ExitCode);
        var lowest = File.ReadAllText(workbench.At("lowest-loss.txt"));
        File.Delete(workbench.At("lowest-loss.txt"));

        using (var started = TrainerProcess.Start(workbench.Folder, "train", Recipe, "--run", "parts", "--set",
            "checkpoint.everySteps=5", "--set", "Serilog.MinimumLevel=Debug"))
        {
            started.WaitFor("Saved step 40");
            started.Signal("KILL");
            Assert.Equal(137, started.Finish().ExitCode);
        }
        var rest = workbench.Run("train", Recipe, "--run", "parts");
        Assert.Equal((0, ""), (rest.ExitCode, rest.Error));
        Assert.Contains("Resumes in epoch", rest.Output);
        Assert.Equal(workbench.Weights("whole"), workbench.Weights("parts"));
        Assert.Equal(lowest, File.ReadAllText(workbench.At("lowest-loss.txt")));
        Assert.Matches(@"(?m)^best\s+pgd-20\s+linf 0.1\s+128\s", rest.Output);
        Assert.Matches(@"(?m)^last\s+random-search-100\s+linf 0.1\s+128\s", rest.Output);

        var refused = workbench.Run("evaluate", "parts");
        Assert.Equal(2, refused.ExitCode);
        Assert.EndsWith(
            ": extensions: a stored recipe's extensions are not loaded by themselves; if you trust them, "
            + $"add --extension {Assembly}.\n", refused.Error);
        Assert.Single(refused.Error.TrimEnd().Split('\n'));
        // The same file in line and recipe, for each of two threat models, is loaded once.
        string[] twice =
        [
            "evaluate", "parts", "--extension", Assembly, "--recipe", Recipe, "--attack", "fgsm", "--examples", "20",
                "--ledger", "twice",
            "--threat", """{"norm":"linf","epsilon":0.05}""", "--threat", """{"norm":"l2","epsilon":0.3}""",
        ];
        Assert.Equal(0, workbench.Run(twice).ExitCode);
        Assert.Equal(
            refused.Error,
            workbench.Run("export", "parts", "network.onnx").Error);
        var exported = workbench.Run("export", "parts", "network.onnx", "--extension", Assembly);
        Assert.Equal((0, ""), (exported.ExitCode, exported.Error));
        Assert.Contains("ONNX Runtime's logits of 100 test images differ by", exported.Output);

        // Its attack takes no gradients, of which an ONNX file has none.
        var attacked = workbench.Run(
            "evaluate", "network.onnx", "--recipe", Recipe, "--normalisation", "null", "--attack", "random-search",
            "--examples", "20");
        Assert.True(attacked.ExitCode == 0, attacked.Error);

        // What is known needs no extension.
        var page = workbench.At("parts/report.html");
        File.Delete(page);
        var report = workbench.Run("report", "parts");
        Assert.Equal((0, "", page + "\n"), (report.ExitCode, report.Error, report.Output));
    }

    [Fact]
    public void Its_network_is_trained_on_bounds_and_verified()
    {
        // Without ε's warm-up the regularisers would never count, which is a warning.
        var trained = workbench.Run("train", Recipe, "--run", "bounds", "--set", "objective=\"ibp\"", "--set",
            "train.epochs=3", "--set", "train.epsilonWarmupEpochs=1", "--set", "threat.epsilon=0.05", "--set",
            "evaluate.final=[]");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        var result = workbench.Run("verify", "bounds", "--examples", "100", "--extension", Assembly, "--out",
            workbench.At("verified.json"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var verified = (double)JsonNode.Parse(File.ReadAllText(workbench.At("verified.json")))!["verifiedAccuracy"]!;
        Assert.InRange(verified, 0.5, 1);
    }

    [Fact]
    public void Its_components_are_listed_with_their_options()
    {
        var result = workbench.Run("list", "models", "--extension", Assembly);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("two-layers  A fully connected network with one hidden layer.", result.Output);
        Assert.Contains("  hidden  a whole number of at least 1  32       Its hidden units.", result.Output);
    }

    [Fact]
    public void A_name_that_is_taken_names_the_extension()
    {
        var copy = workbench.At("Copy.dll");
        File.Copy(Assembly, copy);
        var result = workbench.Run("list", "--extension", Assembly, "--extension", copy);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error: --extension: the extension {copy}: Two ", result.Error);
        Assert.EndsWith("Rename one of them.\n", result.Error);
    }

    [Fact]
    public void A_fault_in_an_option_of_its_own_is_found_like_any_other()
    {
        var before = workbench.Contents;
        var result = workbench.Run("train", Recipe, "--set", "model.hiden=3", "--set", "data.count=0");
        Assert.Equal(
            "error: The recipe has 2 faults:\n  --set data.count: found 0, expected a whole number of at least 2.\n  "
            + "--set model.hiden: unknown key, expected hidden. Did you mean \"hidden\"?\n",
            result.Error);
        Assert.Equal(before, workbench.Contents);
    }
}
