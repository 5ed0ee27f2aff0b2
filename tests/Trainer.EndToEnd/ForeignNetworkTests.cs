using System.Security.Cryptography;

namespace Trainer.EndToEnd;

/// <summary>
/// Networks of other programs, which are tried in a child process: the files of Trainer.Tests/Fixtures/networks.
/// </summary>
public sealed class ForeignNetworkTests : IDisposable
{
    private static readonly string[] Data = ["--data", """{"type":"mnist","path":"digits","validation":60}""",
        "--threat", """{"norm":"linf","epsilon":0.1}""", "--examples", "20"];
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_TorchScript_file_is_attacked_and_checked_like_a_network_of_its_own()
    {
        // A radius at which the attacks of the checks are soon done.
        var result = workbench.Run(
            "evaluate", Fixture("conv-small-traced.ts"), "--normalisation", "null", "--attack",
            """{"type":"apgd","steps":3}""", "--ledger", "ledger", "--classes", "10", "--checks", "--worst-case",
            "--out", "results.json", Data[0], Data[1], "--threat", """{"norm":"linf","epsilon":0.9}""", "--examples",
            "20");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("note: measures a TorchScript file for 10 classes of 1×8×8 images", result.Error,
            StringComparison.Ordinal);
        Assert.Contains("zero-gradient", result.Output, StringComparison.Ordinal);
        // The table of the worst case.
        Assert.Matches(@"linf 0\.9 +apgd", result.Output);
        Assert.True(File.Exists(workbench.At("results.json")));
        // The file has no state dict here: its own hash tells it from others, also in the worst case over evaluations.
        var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Fixture("conv-small-traced.ts"))));
        Assert.All(
            Directory.GetFiles(workbench.At("ledger"), "ledger.jsonl", SearchOption.AllDirectories),
            ledger => Assert.StartsWith(
                $"{{\"weights\":\"{hash}\"", File.ReadAllText(ledger), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no-gradient.ts", "fgsm needs gradients, and ", "--attack", "fgsm")]
    [InlineData("conv-small.onnx", "--checks needs gradients", "--attack", "square", "--checks")]
    public void A_network_without_gradients_is_attacked_by_queries_alone(
        string file, string message, params string[] refused)
    {
        Fails(2, $"error: {message}", Evaluate(file, refused));
        var result = Evaluate(file, "--attack", "square", "--max-queries", "30");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("cannot be differentiated", result.Error, StringComparison.Ordinal);
        // Two images are classified correctly: 30 queries each and the verdict.
        Assert.Matches(@"square +linf 0\.1 +2 .* 62 +0 ", result.Output);
    }

    [Fact]
    public void Images_of_another_network_transfer_to_an_ONNX_file_of_one_s_own()
    {
        Assert.Equal(0, workbench.Run("train", "small.json", "--set", "train.maxSteps=2").ExitCode);
        Assert.Equal(0, workbench.Run("export", "checkpoints/small", "small.onnx").ExitCode);
        var result = workbench.Run(["evaluate", workbench.At("small.onnx"), "--recipe", "small.json", "--normalisation",
            "null", "--attack",
            """{"type":"transfer","source":"checkpoints/small","attack":{"type":"pgd","steps":3}}"""]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("transfer-pgd-3", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("duration", "long")] // dotnet compiles the example at its start
    public void The_example_of_a_program_in_Csharp_answers()
    {
        var server = Repository.At("recipes", "program-example", "server.cs");
        var result = workbench.Run(
            ["evaluate", server, "--program", "--normalisation", "null", "--attack", "square", "--max-queries", "30",
            "--timeout", "900", .. Data]);
        Assert.Equal(0, result.ExitCode);
        // The brightest row is the class of 16 of 20 images.
        Assert.Matches(@"square +linf 0\.1 +16 .* 496 +0 ", result.Output);
    }

    [Fact]
    public void A_network_that_does_not_fit_ends_before_anything_is_created()
    {
        var before = workbench.Contents;
        Fails(4, "images [2, 1, 8, 8] cannot go through it: Given input size",
            Evaluate("resnet-18-traced.ts", "--ledger", "ledger"));
        Assert.Equal(before, workbench.Contents);
    }

    private static void Fails(int exitCode, string message, CommandResult result)
    {
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
    }

    private CommandResult Evaluate(string file, params string[] more) =>
        workbench.Run(["evaluate", Fixture(file), "--normalisation", "null", .. more, .. Data]);

    private static string Fixture(string name) =>
        Repository.At("tests", "Trainer.Tests", "Fixtures", "networks", name);
}
