namespace Trainer.EndToEnd;

public sealed class ExportTests : IDisposable
{
    private const string Data = """{"type":"mnist","path":"digits","validation":60}""";
    private const string Threat = """{"norm":"linf","epsilon":0.1}""";
    private readonly Workbench workbench = new();

    public ExportTests()
    {
        Assert.Equal(0, workbench.Run("train", "small.json", "--set", "train.maxSteps=4").ExitCode);
        Assert.Equal(0, workbench.Run("export", "checkpoints/small", "weights.safetensors").ExitCode);
    }

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void Exported_weights_measure_as_their_checkpoint_does()
    {
        var expected = Figures(workbench.Run("evaluate", "checkpoints/small", "--attack", "fgsm", "--examples", "40"));
        Assert.Equal(expected, Figures(workbench.Run("evaluate", "weights.safetensors", "--attack", "fgsm", "--examples", "40", "--data", Data, "--threat", Threat)));
        Assert.Equal(expected, Figures(workbench.Run(
            "evaluate", "weights.safetensors", "--attack", "fgsm", "--examples", "40", "--data", Data, "--threat", Threat, "--model", """{"type":"conv-small"}""")));
        Assert.Equal(expected, Figures(workbench.Run("evaluate", "weights.safetensors", "--attack", "fgsm", "--examples", "40", "--model", "small.json")));
    }

    [Fact]
    public void What_does_not_fit_is_said_before_anything_is_measured()
    {
        Fails(4, "wrong shape: conv1.weight is Float32 [16, 1, 4, 4], expected Float32 [1, 1, 3, 3]", "--data", Data, "--threat", Threat, "--model", """{"type":"resnet-18","width":1}""");
        Fails(2, "--threat is missing", "--data", Data);
        Fails(2, "--examples: found \"0\", expected a whole number from 1 to 2147483647.", "--data", Data, "--threat", Threat, "--examples", "0");
        Fails(2, "--recipe and --model both name the network", "--recipe", "small.json", "--model", "small.json");
        Fails(2, "expected a JSON object", "--data", Data, "--threat", "{0.1");
        Fails(2, "model.type: found \"conv-smal\", expected one of", "--data", Data, "--threat", Threat, "--model", """{"type":"conv-smal"}""");
    }

    [Fact]
    public void Weights_that_say_nothing_of_themselves_are_measured_as_what_the_line_states_and_says_again()
    {
        // The header as a writer that knows of no metadata leaves it.
        var bytes = File.ReadAllBytes(workbench.At("weights.safetensors"));
        var length = (int)BitConverter.ToUInt64(bytes);
        var header = System.Text.Json.Nodes.JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        header.Remove("__metadata__");
        var text = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString().PadRight((header.ToJsonString().Length + 7) / 8 * 8));
        File.WriteAllBytes(workbench.At("bare.safetensors"), [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. bytes[(8 + length)..]]);
        string[] line = ["evaluate", "bare.safetensors", "--attack", "fgsm", "--examples", "10", "--data", Data, "--threat", Threat, "--model"];

        var silent = workbench.Run([.. line, "resnet-18"]);
        Assert.Equal((2, "error: --model: neither it nor 'bare.safetensors' says how images are normalised before the network. Add \"normalisation\": {\"mean\": […], \"deviation\": […]} to its JSON, or \"normalisation\": null for images in [0, 1] as they are.\n"), (silent.ExitCode, silent.Error));
        Assert.Contains("wrong shape", workbench.Run([.. line, """{"type":"resnet-18","normalisation":null}"""]).Error, StringComparison.Ordinal);
        // This network has no normalisation of its own.
        var stated = workbench.Run([.. line, "conv-small"]);
        Assert.Equal(0, stated.ExitCode);
        Assert.Matches(@"note: measures \{""type"":""conv-small""\} for 10 classes of 1×\d+×\d+ images in \[0, 1\], not normalised\n", stated.Error);
        Assert.Contains("keeps no ledger", stated.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_overwritten()
    {
        var before = File.ReadAllBytes(workbench.At("weights.safetensors"));
        var again = workbench.Run("export", "checkpoints/small", "weights.safetensors");
        Assert.Equal((2, "error: file: 'weights.safetensors' exists already. Move it away, or name another.\n"), (again.ExitCode, again.Error));
        Assert.Equal(before, File.ReadAllBytes(workbench.At("weights.safetensors")));
    }

    private void Fails(int exitCode, string message, params string[] arguments)
    {
        var result = workbench.Run(["evaluate", "weights.safetensors", .. arguments]);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal("", result.Output);
    }

    /// <summary>The last table's line, without what the weights are called.</summary>
    private static string Figures(CommandResult result)
    {
        Assert.Equal(0, result.ExitCode);
        var line = result.Output.Split('\n').Last(line => line.Contains("fgsm", StringComparison.Ordinal));
        return line[line.IndexOf("fgsm", StringComparison.Ordinal)..].TrimEnd();
    }
}
