using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Trainer.Tests.Commands;

/// <summary>Weights that trainer export writes, measured by trainer evaluate, in the process.</summary>
public sealed class ExportCommandTests : IClassFixture<CommandWorkbench>
{
    private const string Data = CommandWorkbench.Data;
    private const string Threat = """{"norm":"linf","epsilon":0.1}""";
    private readonly CommandWorkbench workbench;

    /// <param name="workbench">Where commands run.</param>
    public ExportCommandTests(CommandWorkbench workbench)
    {
        this.workbench = workbench;
        if (!File.Exists(workbench.At("weights.safetensors")))
            Assert.Equal(0, workbench.Run("export", "run", "weights.safetensors").ExitCode);
    }

    [Fact]
    public void Exported_weights_measure_as_their_checkpoint_does()
    {
        var expected = Accuracies(workbench.Run(
            "evaluate", "run", "--attack", "fgsm", "--examples", "12"));
        Assert.Equal(expected, Accuracies(workbench.Run(
            "evaluate", "weights.safetensors", "--attack", "fgsm", "--examples", "12", "--data", Data, "--threat",
            Threat)));
        Assert.Equal(expected, Accuracies(workbench.Run(
            "evaluate", "weights.safetensors", "--attack", "fgsm", "--examples", "12", "--data", Data, "--threat",
            Threat, "--model", """{"type":"conv-small"}""")));
        Assert.Equal(expected, Accuracies(workbench.Run(
            "evaluate", "weights.safetensors", "--attack", "fgsm", "--examples", "12", "--model", "recipe.json")));
    }

    [Fact]
    public void Weights_that_do_not_fit_are_refused_before_anything_is_measured()
    {
        Fails(4, "wrong shape: conv1.weight is Float32 [16, 1, 4, 4], expected Float32 [1, 1, 3, 3]", "--data", Data,
            "--threat", Threat, "--model", """{"type":"resnet-18","width":1}""");
        Fails(2, "--threat is missing", "--data", Data);
        Fails(2, "--examples: found \"0\", expected a whole number from 1 to 2147483647.", "--data", Data, "--threat",
            Threat, "--examples", "0");
        Fails(2, "--recipe and --model both name the network", "--recipe", "recipe.json", "--model", "recipe.json");
        Fails(2, "expected a JSON object", "--data", Data, "--threat", "{0.1");
        Fails(2, "model.type: found \"conv-smal\", expected one of", "--data", Data, "--threat",
            Threat, "--model", """{"type":"conv-smal"}""");
    }

    [Fact]
    public void Weights_without_a_description_are_measured_as_the_command_line_states_with_a_note()
    {
        // The header as a writer that knows of no metadata leaves it.
        var bytes = File.ReadAllBytes(workbench.At("weights.safetensors"));
        var length = (int)BitConverter.ToUInt64(bytes);
        var header = System.Text.Json.Nodes.JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        header.Remove("__metadata__");
        var text = System.Text.Encoding.UTF8.GetBytes(
            header.ToJsonString().PadRight((header.ToJsonString().Length + 7) / 8 * 8));
        File.WriteAllBytes(
            workbench.At("bare.safetensors"), [.. BitConverter.GetBytes((ulong)text.Length), .. text,
            .. bytes[(8 + length)..]]);
        string[] line = ["evaluate", "bare.safetensors", "--attack", "fgsm", "--examples", "10", "--data", Data,
            "--threat", Threat, "--model"];

        var silent = workbench.Run([.. line, "resnet-18"]);
        Assert.Equal((2, "error: --model: neither it nor 'bare.safetensors' states how images are normalised before "
            + "the network. Add \"normalisation\": {\"mean\": […], \"deviation\": […]} to its JSON, or "
            + "\"normalisation\": null for images in [0, 1] as they are.\n"), (silent.ExitCode, silent.Error));
        Assert.Contains(
            "wrong shape", workbench.Run([.. line, """{"type":"resnet-18","normalisation":null}"""]).Error,
            StringComparison.Ordinal);
        // This network has no normalisation of its own.
        var stated = workbench.Run([.. line, "conv-small"]);
        Assert.Equal(0, stated.ExitCode);
        Assert.Matches(
            @"note: measures \{""type"":""conv-small""\} for 4 classes of 1×\d+×\d+ images in \[0, 1\], "
                + @"not normalised\n",
            stated.Error);
        Assert.Contains("keeps no ledger", stated.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_NaN_are_refused_with_their_tensor()
    {
        var bytes = File.ReadAllBytes(workbench.At("weights.safetensors"));
        bytes.AsSpan(^16..).Fill(0xff);
        File.WriteAllBytes(workbench.At("nan.safetensors"), bytes);
        var result = workbench.Run("evaluate", "nan.safetensors", "--data", Data, "--threat", Threat);
        Assert.Equal((4, ""), (result.ExitCode, result.Output));
        Assert.Matches(@"error: 'nan\.safetensors' has 4 values NaN or infinite in ""[a-z0-9.]+"", ", result.Error);
    }

    [Fact]
    public void Logits_that_are_NaN_end_the_evaluation_and_its_checks_with_the_number_of_images()
    {
        // Every weight is about 3e38: finite, and no sum of two.
        var bytes = File.ReadAllBytes(workbench.At("weights.safetensors"));
        bytes.AsSpan((int)(sizeof(long) + BitConverter.ToInt64(bytes))..).Fill(0x7f);
        File.WriteAllBytes(workbench.At("nan.safetensors"), bytes);
        foreach (var more in (string[][])[[], ["--checks"], ["--logits", "nan-logits.safetensors"]])
        {
            var result = workbench.Run(["evaluate", "nan.safetensors", "--attack", "fgsm", "--data", Data, "--threat",
                Threat, .. more]);
            Assert.Equal((4, ""), (result.ExitCode, result.Output));
            Assert.Contains(
                "error: The network's logits are NaN or infinite at 12 of 12 images, so it has no accuracy.",
                result.Error, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(workbench.At("nan-logits.safetensors")));
        var verified = workbench.Run("verify", "nan.safetensors", "--data", Data, "--threat", Threat);
        Assert.Equal((4, ""), (verified.ExitCode, verified.Output));
        Assert.Contains("error: Found logits", verified.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_with_a_prefix_in_half_precision_are_measured()
    {
        WriteInHalfPrecision("half.safetensors", prefix: "module.");
        string[] line = ["--attack", "fgsm", "--examples", "10", "--data", Data, "--threat", Threat, "--model",
            "conv-small"];
        var half = workbench.Run(["evaluate", "half.safetensors", .. line]);
        Assert.Equal(0, half.ExitCode);
        Assert.Single(
            half.Error.Split('\n'), text =>
            text == "note: Every key of 'half.safetensors' begins with \"module.\", which is left out.");
        Assert.Single(
            half.Error.Split('\n'), text =>
            text == "note: Values of 'half.safetensors' are Float16 and are used as Float32.");
    }

    [Fact]
    public void Weights_for_PyTorch_measure_as_their_checkpoint_does_and_a_damaged_file_measures_nothing()
    {
        Assert.Equal(0, workbench.Run("export", "run", "model.pt").ExitCode);
        string[] line = ["--attack", "fgsm", "--examples", "12"];
        var expected = Accuracies(workbench.Run(["evaluate", "run", .. line]));
        Assert.Equal(expected, Accuracies(workbench.Run(
            ["evaluate", "model.pt", .. line, "--data", Data, "--threat", Threat])));

        var bytes = File.ReadAllBytes(workbench.At("model.pt"));
        File.WriteAllBytes(workbench.At("cut.pt"), bytes[..(bytes.Length / 2)]);
        var before = workbench.Contents;
        var cut = workbench.Run(["evaluate", "cut.pt", .. line, "--data", Data, "--threat", Threat]);
        Assert.Equal(
            (4, "", "error: 'cut.pt': the zip archive is malformed: it has no directory at its end, as where a "
            + "download was cut off. The file may be damaged: fetch it or write it again.\n"),
            (cut.ExitCode, cut.Output, cut.Error));
        var key = workbench.Run(["evaluate", "model.pt", .. line, "--weights-key", "net"]);
        Assert.Equal(4, key.ExitCode);
        Assert.StartsWith("error: 'model.pt': under the key \"net\" are no tensors; ", key.Error,
            StringComparison.Ordinal);
        var useless = workbench.Run(["evaluate", "weights.safetensors", .. line, "--weights-key", "net"]);
        Assert.Equal((2, "error: --weights-key names a state dict within a PyTorch file, and 'weights.safetensors' "
            + "is a safetensors file. Leave it out.\n"), (useless.ExitCode, useless.Error));
        Assert.Equal(before, workbench.Contents);
    }

    [Fact]
    public void The_one_network_that_fits_is_found_and_the_file_is_listed()
    {
        WriteInHalfPrecision("half.safetensors", prefix: "module.");
        var found = workbench.Run(
            "evaluate", "half.safetensors", "--attack", "fgsm", "--examples", "10", "--data", Data, "--threat", Threat);
        Assert.Equal(0, found.ExitCode);
        Assert.StartsWith(
            "note: the one registered network that fits 'half.safetensors' is {\"type\":\"conv-small\"}\n", found.Error,
            StringComparison.Ordinal);
        var listed = workbench.Run("weights", "half.safetensors");
        Assert.Equal((0, ""), (listed.ExitCode, listed.Error));
        Assert.Matches(@"(?m)^module\.conv1\.weight +\[16, 1, 4, 4\] +float16 *$", listed.Output);
        Assert.Matches(@"(?m)^fits \{""type"":""conv-small""\} for 4 classes of images such as 1×\d+×\d+$",
            listed.Output);
        Assert.Contains("\nmeasured: model\n", workbench.Run("weights", "weights.safetensors").Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_is_exported_to_ONNX_and_compared_on_test_images_or_random_ones()
    {
        var compared = workbench.Run("export", "run", "model.onnx");
        Assert.Equal((0, ""), (compared.ExitCode, compared.Error));
        Assert.Matches(@"^model\.onnx: the network of .*step-\d+; ONNX Runtime's logits of 12 test images differ by "
            + @"\d\.\de-\d+ of the largest at most\n$", compared.Output);
        File.Move(workbench.At("test.safetensors"), workbench.At("moved.safetensors"));
        var random = workbench.Run("export", "run", "again.onnx", "--without-normalisation");
        File.Move(workbench.At("moved.safetensors"), workbench.At("test.safetensors"));
        Assert.Contains("note: compares on random images: ", random.Error, StringComparison.Ordinal);
        Assert.Contains("logits of 100 random images", random.Output, StringComparison.Ordinal);
        Assert.Equal(0, random.ExitCode);

        var wrong = workbench.Run("export", "run", "plain.safetensors", "--without-normalisation");
        Assert.Equal(2, wrong.ExitCode);
        Assert.False(File.Exists(workbench.At("plain.safetensors")));
    }

    [Fact]
    public void Nothing_is_overwritten()
    {
        var before = File.ReadAllBytes(workbench.At("weights.safetensors"));
        var again = workbench.Run("export", "run", "weights.safetensors");
        Assert.Equal(
            (2, "error: file: 'weights.safetensors' exists already. Move it away, or name another.\n"),
            (again.ExitCode, again.Error));
        Assert.Equal(before, File.ReadAllBytes(workbench.At("weights.safetensors")));
    }

    /// <summary>Writes the weights anew, all of which are float32.</summary>
    private void WriteInHalfPrecision(string name, string prefix)
    {
        var bytes = File.ReadAllBytes(workbench.At("weights.safetensors"));
        var length = (int)BitConverter.ToUInt64(bytes);
        var header = new JsonObject();
        foreach (var (key, entry) in JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject()
            .Where(item => item.Key != "__metadata__"))
        {
            var offsets = entry!["data_offsets"]!.AsArray().Select(offset => JsonValue.Create((long)offset! / 2));
            header[prefix + key] = new JsonObject
            {
                ["dtype"] = "F16",
                ["shape"] = entry["shape"]!.DeepClone(),
                ["data_offsets"] = new JsonArray([.. offsets])
            };
        }
        Half[] values = [.. MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + length)).ToArray()
            .Select(value => (Half)value)];
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        File.WriteAllBytes(workbench.At(name), [.. BitConverter.GetBytes((ulong)text.Length), .. text,
            .. MemoryMarshal.AsBytes(values.AsSpan())]);
    }

    private void Fails(int exitCode, string message, params string[] arguments)
    {
        var result = workbench.Run(["evaluate", "weights.safetensors", .. arguments]);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal("", result.Output);
    }

    /// <summary>The last table's line, without what the weights are called.</summary>
    private static string Accuracies((int ExitCode, string Output, string Error) result)
    {
        Assert.Equal(0, result.ExitCode);
        var line = result.Output.Split('\n').Last(line => line.Contains("fgsm", StringComparison.Ordinal));
        return line[line.IndexOf("fgsm", StringComparison.Ordinal)..].TrimEnd();
    }
}
