using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Pictures;

namespace Trainer.Tests.Commands;

/// <summary>A test file whose contents have changed since training is not taken for the run's test set.</summary>
public sealed class ChangedTestSetTests : IDisposable
{
    private readonly CommandWorkbench workbench = new();
    private readonly string stored;

    public ChangedTestSetTests()
    {
        stored = Checkpoint.Open(workbench.At("run", "latest")).State.TestFingerprint!;
        File.Copy(workbench.At("test.safetensors"), workbench.At("copy.safetensors"));
        File.Delete(workbench.At("test.safetensors"));
        workbench.Write("test.safetensors", 13);
    }

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void An_evaluation_refuses_it_unless_the_command_line_names_the_data()
    {
        string[] line = ["evaluate", "run", "--attack", "fgsm", "--examples", "2"];
        var (exitCode, output, error) = workbench.Run(line);
        Assert.Equal((3, ""), (exitCode, output));
        Assert.Matches(
            "^error: The test images differ from those of '.*': "
                + $"found the fingerprint [0-9a-f]{{64}}, expected {stored}\\. Put the same files back, "
                + "or name the other test set with --data\\.\n$",
            error);

        foreach (var named in (string[][])[
            ["--data", """{"type":"safetensors","test":"test.safetensors"}"""], ["--recipe", "recipe.json"],
            ["--set", "data.test=test.safetensors"]])
        {
            (exitCode, _, error) = workbench.Run([.. line, .. named]);
            Assert.Equal(0, exitCode);
            Assert.Matches(
                "note: measures on another test set than the run's: "
                    + $"found the fingerprint [0-9a-f]{{64}}, the run had {stored}\n",
                error);
        }
        const string Copy = """{"type":"safetensors","test":"copy.safetensors"}""";
        (exitCode, _, error) = workbench.Run([.. line, "--data", Copy]);
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("fingerprint", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["b","a","c","d"]""", "found 'b' as class 0, expected 'a'")]
    [InlineData("""["a","b","c","D"]""", "found 'D' as class 3, expected 'd'")]
    [InlineData("""["a","b","c","d"]""", null)]
    [InlineData("""["0","1","2","3"]""", null)]
    public void Another_test_set_must_name_the_classes_as_the_run_did_where_both_have_names(string names, string? found)
    {
        const string Own = """{"type":"safetensors","train":"train.safetensors","test":"copy.safetensors","validation":8,"classNames":["a","b","c","d"]}""";
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "named", "--set", $"data={Own}").ExitCode);
        var (exitCode, _, error) = workbench.Run("evaluate", "named", "--attack", "fgsm", "--examples", "2", "--set",
            "data.test=test.safetensors", "--set", $"data.classNames={names}");
        Assert.Equal(found is null ? 0 : 3, exitCode);
        Assert.Contains(found ?? "note: measures on another test set", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_picture_of_a_trigger_is_refused_too()
    {
        void Draw(byte value)
        {
            using var pixels = full([1, 8, 8], value, ScalarType.Byte);
            File.WriteAllBytes(workbench.At("pattern.png"), Png.Encode(pixels));
        }
        Draw(9);
        const string Poison = """data.poison={"type":"blended","target":1,"rate":0.25,"pattern":"pattern.png"}""";
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "poisoned", "--set", Poison).ExitCode);
        Assert.Equal(0, workbench.Run("evaluate", "poisoned", "--backdoor").ExitCode);
        Draw(200);
        var (exitCode, output, error) = workbench.Run("evaluate", "poisoned", "--backdoor");
        Assert.Equal((3, ""), (exitCode, output));
        Assert.StartsWith("error: The poisoned rows, or the files of data.poison, differ from those of '", error,
            StringComparison.Ordinal);
        Assert.Equal(0, workbench.Run("evaluate", "poisoned", "--backdoor", "--set", Poison).ExitCode);
    }

    [Fact]
    public void A_run_that_is_resumed_names_the_part_that_has_changed()
    {
        Assert.Matches(
            $"^error: The test images differ from those of '.*expected {stored}\\. "
                + "Put the same files back, or name another folder with --run\\.\n$",
            Resumed());
        File.Delete(workbench.At("test.safetensors"));
        File.Copy(workbench.At("copy.safetensors"), workbench.At("test.safetensors"));
        File.Delete(workbench.At("train.safetensors"));
        workbench.Write("train.safetensors", 44);
        Assert.StartsWith("error: The training images differ from those of '", Resumed(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_measures_nothing_on_it()
    {
        var (exitCode, _, error) = workbench.Run("report", "run", "--examples", "3");
        Assert.Equal(0, exitCode);
        Assert.Contains(
            "warning: The report has no accuracy against ε and no examples of this state of the run: "
                + "The test images differ from those of '",
            error, StringComparison.Ordinal);
        Assert.EndsWith("Put the same files back.\n", error, StringComparison.Ordinal);
        Assert.False(File.Exists(workbench.At("run", "examination.json")));
    }

    [Fact]
    public void Of_a_checkpoint_that_recorded_no_test_set_nothing_is_compared()
    {
        var folder = workbench.At("run", File.ReadAllText(workbench.At("run", "latest")).Trim());
        var state = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "state.json")))!.AsObject();
        Assert.True(state.Remove("testFingerprint"));
        Rewrite(folder, "state.json", state.ToJsonString());
        Assert.Null(Checkpoint.Open(folder).State.TestFingerprint);
        var (exitCode, _, error) = workbench.Run("evaluate", folder, "--attack", "fgsm", "--examples", "2");
        Assert.Equal((0, false), (exitCode, error.Contains("fingerprint", StringComparison.Ordinal)));
    }

    private string Resumed()
    {
        var (exitCode, _, error) = workbench.Run("train", "recipe.json", "--run", "run");
        Assert.Equal(3, exitCode);
        return error;
    }

    private static void Rewrite(string folder, string name, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        File.WriteAllBytes(Path.Combine(folder, name), bytes);
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")))!;
        var entry = manifest["files"]![name]!;
        (entry["length"], entry["sha256"]) = (bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        File.WriteAllText(Path.Combine(folder, "manifest.json"), manifest.ToJsonString());
    }
}
