using System.Security.Cryptography;

namespace Trainer.EndToEnd;

/// <summary>Networks of other programs: the files of Trainer.Tests/Fixtures/networks.</summary>
public sealed class ForeignNetworkTests : IDisposable
{
    private static readonly string[] Data = ["--data", """{"type":"mnist","path":"digits","validation":60}""",
        "--threat", """{"norm":"linf","epsilon":0.1}""", "--examples", "20"];
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_TorchScript_file_is_attacked_and_checked_like_a_network_of_its_own()
    {
        string[] line = ["--attack", "autoattack", "--ledger", "ledger"];
        var result = Evaluate(
            "conv-small-traced.ts", [.. line, "--classes", "10", "--checks", "--out", "results.json"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("note: measures a TorchScript file for 10 classes of 1×8×8 images", result.Error,
            StringComparison.Ordinal);
        Assert.Contains("apgd-ce", result.Output, StringComparison.Ordinal);
        Assert.Contains("zero-gradient", result.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(workbench.At("results.json")));
        // The file has no state dict here: its own hash tells it from others, also in the worst case over evaluations.
        var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Fixture("conv-small-traced.ts"))));
        Assert.All(
            Directory.GetFiles(workbench.At("ledger"), "ledger.jsonl", SearchOption.AllDirectories),
            ledger => Assert.StartsWith(
                $"{{\"weights\":\"{hash}\"", File.ReadAllText(ledger), StringComparison.Ordinal));
        var again = Evaluate("conv-small-traced.ts", [.. line, "--worst-case"]);
        Assert.Contains("from the ledger", again.Output, StringComparison.Ordinal);
        Assert.Matches(@"linf 0\.1 +autoattack", again.Output);
    }

    [Theory]
    [InlineData("no-gradient.ts")]
    [InlineData("conv-small.onnx")]
    public void A_network_without_gradients_is_attacked_by_queries_alone(string file)
    {
        var refused = Evaluate(file, "--attack", "fgsm");
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("error: fgsm needs gradients, and ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("error: --checks needs gradients", Evaluate(file, "--attack", "square", "--checks").Error,
            StringComparison.Ordinal);

        var result = Evaluate(file, "--attack", "square", "--max-queries", "30");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("cannot be differentiated", result.Error, StringComparison.Ordinal);
        // Two images are classified correctly: 30 queries each and the verdict.
        Assert.Matches(@"square +linf 0\.1 +2 .* 62 +0 ", result.Output);
        Assert.Equal(0, Evaluate(file, "--attack", "hopskipjump", "--max-queries", "30").ExitCode);
    }

    [Fact]
    public void Images_of_another_network_transfer_to_an_ONNX_file()
    {
        Assert.Equal(0, workbench.Run("train", "small.json", "--set", "train.maxSteps=4").ExitCode);
        var result = Evaluate("conv-small.onnx", "--attack",
            """{"type":"transfer","source":"checkpoints/small","attack":{"type":"pgd","steps":3}}""");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("transfer-pgd-3", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, workbench.Run("export", "checkpoints/small", "small.onnx").ExitCode);
        var own = workbench.Run(["evaluate", workbench.At("small.onnx"), "--recipe", "small.json", "--normalisation",
            "null", "--attack", "square", "--max-queries", "10"]);
        Assert.Equal(0, own.ExitCode);
    }

    [Fact]
    public void A_program_answers_over_its_standard_input_and_output()
    {
        var server = Repository.At("recipes", "program-example", "server.cs");
        var result = workbench.Run(
            ["evaluate", server, "--program", "--normalisation", "null", "--attack", "square", "--max-queries", "30",
            // The example is compiled at its start.
            "--timeout", "900", .. Data]);
        Assert.Equal(0, result.ExitCode);
        // The brightest row is the class of 16 of 20 images.
        Assert.Matches(@"square +linf 0\.1 +16 .* 496 +0 ", result.Output);
    }

    [Theory]
    [InlineData("two-outputs.ts", 4, "Found several outputs, expected one tensor of logits.")]
    [InlineData("resnet-18-traced.ts", 4, "two images [2, 1, 8, 8] cannot go through it: Given input size")]
    [InlineData("resnet-18-one-image.onnx", 4, "found images of 1×32×32, expected 1×8×8 as in the data.")]
    [InlineData("conv-small-traced.ts", 2, "--classes: found 3, and the data have 10.", "--classes", "3")]
    [InlineData("conv-small-traced.ts", 2, "is a network itself. Leave it out.", "--model", "conv-small")]
    public void A_network_that_does_not_fit_ends_before_anything_is_created(
        string file, int exitCode, string message, params string[] more)
    {
        var before = workbench.Contents;
        Fails(exitCode, message, Evaluate(file, [.. more, "--ledger", "ledger"]));
        Assert.Equal(before, workbench.Contents);
    }

    [Fact]
    public void Wrong_files_and_options_are_refused()
    {
        File.WriteAllText(workbench.At("page.ts"), "<html><body>Not found</body></html>");
        File.WriteAllBytes(workbench.At("half.ts"), File.ReadAllBytes(Fixture("conv-small-traced.ts"))[..50000]);
        File.WriteAllBytes(workbench.At("half.onnx"), File.ReadAllBytes(Fixture("conv-small.onnx"))[..50000]);
        Fails(4, "'page.ts' is a web page", Named("page.ts"));
        Fails(4, "'half.ts' is a zip archive of 50000 bytes without the index", Named("half.ts"));
        Fails(4, "'half.onnx' is no ONNX file that ONNX Runtime can run", Named("half.onnx"));
        Fails(4, "does not start", Named("page.ts", "--program"));
        Fails(2, "--max-queries: pgd-40 does not count queries", Evaluate("conv-small.onnx", "--max-queries", "9"));
        Fails(2, "expected a server on this machine", Named("http://192.0.2.1/"));
        Fails(2, "--ledger: nothing shows whether", Named("http://localhost:1/", "--ledger", "ledger"));
        Fails(4, "does not answer: Connection refused", Named("http://localhost:1/", "--attack", "square"));
        Fails(2, "--timeout is for programs and servers", Evaluate("conv-small.onnx", "--timeout", "5"));
        Fails(2, "--normalisation is missing", workbench.Run(["evaluate", Fixture("conv-small.onnx"), .. Data]));

        CommandResult Named(string file, params string[] more) =>
            workbench.Run(["evaluate", file, "--normalisation", "null", .. more, .. Data]);
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
