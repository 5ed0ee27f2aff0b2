using System.Text.Json.Nodes;

namespace Trainer.Tests.Commands;

/// <summary>The commands poison, evaluate --backdoor and inspect, and training without suspicious rows.</summary>
public sealed class PoisonCommandTests : IClassFixture<CommandWorkbench>
{
    private const string Patch = """data.poison={"type":"badnets","target":1,"rate":0.25,"size":2}""";
    private readonly CommandWorkbench workbench;

    public PoisonCommandTests(CommandWorkbench workbench) => this.workbench = workbench;

    [Theory]
    [InlineData("train", """{"type":"badnets","target":1,"rate":1}""", 2, "data.poison.rate: found 1, expected a number above 0 and below 1")]
    [InlineData("train", """{"type":"badnets","target":1,"rate":0}""", 2, "data.poison.rate: found 0, expected a number above 0 and below 1")]
    [InlineData("train", """{"type":"badnets","target":4,"rate":0.25}""", 2, "data.poison.target: found 4, expected 0 to 3, one of the 4 classes.")]
    [InlineData("train", """{"type":"badnets","target":1,"rate":0.25,"size":99}""", 2, "data.poison.size: found 99, which needs 99×99 pixels")]
    [InlineData("train", """{"type":"blended","target":1,"rate":-0.5}""", 2, "data.poison.rate: found -0.5, expected a number above 0")]
    [InlineData("poison", """{"type":"badnets","target":1,"rate":1.5}""", 2, "data.poison.rate: found 1.5, expected a number above 0")]
    [InlineData("poison", """{"type":"badnets","target":4,"rate":0.25}""", 2, "data.poison.target: found 4")]
    [InlineData("poison", """{"type":"badnets","target":1,"rate":0.25,"size":9}""", 2, "data.poison.size: found 9")]
    [InlineData("evaluate", """{"type":"badnets","target":4,"rate":0.25}""", 2, "data.poison.target: found 4")]
    [InlineData("poison", """{"type":"blended","target":1,"rate":0.25,"pattern":"none.png"}""", 3, "none.png' cannot be read")]
    [InlineData("poison", """{"type":"label-consistent","target":1,"rate":0.1}""", 2, "--weights is missing")]
    public void A_poison_that_does_not_fit_is_one_sentence(string command, string poison, int exitCode, string message)
    {
        string[] line = command switch
        {
            "train" => ["train", "recipe.json", "--run", "faulty"],
            "evaluate" => ["evaluate", "run", "--backdoor"],
            _ => ["poison", "recipe.json", "--out", "faulty"],
        };
        Refused(exitCode, message, [.. line, "--set", $"data.poison={poison}"]);
    }

    [Fact]
    public void A_poisoned_run_is_measured_inspected_and_trained_again_without_the_suspicious_rows()
    {
        var (code, output, error) = workbench.Run("train", "recipe.json", "--run", "poisoned", "--set", Patch);
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"(?m)^last +badnets +12 +\S+ +\S+ to \S+ +9 +\d+\.\d +\S+ to \S+ +\d+\.\d +\S+ to \S+ *$",
            output);
        var lines = File.ReadLines(workbench.At("poisoned", "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)
            .ToList();
        var epoch = lines.Single(line => (string)line["type"]! == "epoch")["validation"]!["backdoor"]!;
        Assert.Equal("badnets", (string)epoch["poison"]!);
        Assert.Equal(8, (int)epoch["clean"]!["examples"]!);
        Assert.InRange((int)epoch["attackSuccess"]!["examples"]!, 1, 7);
        Assert.Contains("validation.backdoor.attackSuccess.value", File.ReadLines(
            workbench.At("poisoned", "epochs.csv")).First(), StringComparison.Ordinal);

        (code, output, _) = workbench.Run("evaluate", "poisoned", "--backdoor", "--out", "backdoor.json");
        Assert.Equal(0, code);
        Assert.Matches(@"badnets +12 ", output);
        Assert.DoesNotContain("Ledgers and results", output, StringComparison.Ordinal);
        Assert.Equal(9, (int)JsonNode.Parse(File.ReadAllText(workbench.At("backdoor.json")))!["results"]![0]!["test"]!
            ["backdoor"]!["attackSuccess"]!["examples"]!);
        Assert.Equal(2, workbench.Run("evaluate", "run", "--backdoor").ExitCode);

        // Strip needs 200 held-out images, and there are 8.
        (code, output, error) = workbench.Run("inspect", "poisoned");
        Assert.Equal((0, false), (code, output.Contains("strip", StringComparison.Ordinal)));
        Assert.Contains("note: strip is left out: it needs 200 clean", error, StringComparison.Ordinal);
        Refused(2, "--method strip needs 200 clean held-out images", "inspect", "poisoned", "--method", "strip");
        (code, output, error) = workbench.Run("inspect", "poisoned", "--overlays", "2");
        Assert.Equal((0, false), (code, error.Contains("error", StringComparison.Ordinal)));
        foreach (var method in (string[])["spectral", "clustering", "strip"])
            Assert.Matches($@"(?m)^{method} +\d+ +\S+ +\S+ +\S+ +0\.\d\d\d *$", output);
        Assert.Contains("8 of 32 images are poisoned.", output, StringComparison.Ordinal);
        var report = JsonNode.Parse(File.ReadAllText(workbench.At("poisoned", "suspicious.json")))!;
        var rows = report["rows"]!.AsArray().Select(row => (int)row!).ToList();
        Assert.NotEmpty(rows);
        Assert.Equal(
            rows, report["methods"]!.AsArray().SelectMany(one => one!["suspicious"]!.AsArray())
            .Select(row => (int)row!["row"]!).Distinct().Order());
        Assert.Contains("strip", File.ReadAllText(Report("poisoned")), StringComparison.Ordinal);

        (code, _, error) = workbench.Run("train", "recipe.json", "--run", "again", "--set", Patch, "--set",
            $"data.exclude={workbench.At("poisoned", "suspicious.json")}");
        Assert.Equal((0, ""), (code, error));
        var state = File.ReadAllText(Directory.GetFiles(workbench.At("again"), "state.json",
            SearchOption.AllDirectories)[0]);
        Assert.Matches("\"dataFingerprint\": \"[0-9a-f]{64}\\+poison:[0-9a-f]{64}\\+exclude:[0-9a-f]{64}\"", state);
        // Inspected in its turn, the run without them keeps them excluded.
        (code, output, _) = workbench.Run("inspect", "again", "--method", "spectral", "--rate", "0.2");
        Assert.Equal(0, code);
        Assert.Contains($"/suspicious.json, with the {rows.Count} that the run's data.exclude left out before. Train",
            output, StringComparison.Ordinal);
        report = JsonNode.Parse(File.ReadAllText(workbench.At("again", "suspicious.json")))!;
        var found = report["methods"]![0]!["suspicious"]!.AsArray().Select(row => (int)row!["row"]!).ToList();
        Assert.Equal((rows.Count, false), ((int)report["excluded"]!, found.Intersect(rows).Any()));
        Assert.Equal(found.Union(rows).Order(), report["rows"]!.AsArray().Select(row => (int)row!));
        Assert.Contains($"beside the {rows.Count} that data.exclude", File.ReadAllText(Report("again")),
            StringComparison.Ordinal);
        // The same rows exist in other data, and are refused there.
        workbench.Write("other.safetensors", 44);
        Refused(3, "suspicious.json names rows of another data set: found the fingerprint ", "train", "recipe.json",
            "--run", "faulty", "--set", "data.train=other.safetensors", "--set",
            $"data.exclude={workbench.At("poisoned", "suspicious.json")}");
    }

    [Theory]
    [InlineData("evaluate run --backdoor --attack fgsm", "--attack is not for --backdoor, which measures")]
    [InlineData("evaluate run --backdoor --examples 4", "--examples is not for --backdoor, which measures")]
    [InlineData("evaluate run --backdoor --subset random", "--subset is not for --backdoor, which measures")]
    [InlineData("evaluate run --corruptions --subset random", "--subset is not for --corruptions, which measures")]
    [InlineData("inspect run --method clustering --rate 0.2", "--rate is not for --method clustering, which does not")]
    [InlineData("inspect run --method spectral --overlays 3", "--overlays is not for --method spectral, which")]
    [InlineData("inspect run --method strip --rate 0.2", "--rate is not for --method strip, which does not use it.")]
    public void An_option_that_would_be_passed_over_is_refused(string line, string message) =>
        Refused(2, message, line.Split(' '));

    [Fact]
    public void Nothing_is_written_where_a_run_keeps_its_own_files()
    {
        foreach (var place in (string[])["run/000009-step-000000009", "run/repair.json", "run/privacy/poisoned"])
            Refused(2, $"--out: '{place}' is at {place.Split('/')[1]} in the run folder '", "poison", "recipe.json",
                "--set", Patch, "--out", place);
        var checkpoint = Path.GetFileName(Directory.GetDirectories(workbench.At("run"), "0*")[0]);
        foreach (var place in (string[])[$"run/{checkpoint}/rows.json", "run/repair.json", "run/evaluations/a.json",
            "run/.tmp-1/a.json"])
            Refused(2, $"--out: '{place}' is at {place.Split('/')[1]} in the run folder '", "inspect", "run",
                "--out", place);
        workbench.Copy("run", "second");
        Refused(2, "--out: 'second/suspicious.json' is at suspicious.json in the run folder", "inspect", "run", "--out",
            "second/suspicious.json");
        foreach (var place in (string[])["run/mine.json", "run/suspicious.json"])
            Assert.Equal(0, workbench.Run("inspect", "run", "--method", "spectral", "--out", place).ExitCode);
        Assert.Equal(0, workbench.Run("poison", "recipe.json", "--set", Patch, "--out", "run/mine").ExitCode);
    }

    [Fact]
    public void A_default_file_of_inspect_that_cannot_be_written_is_refused_before_anything_is_measured()
    {
        workbench.Copy("run", "taken");
        File.Delete(workbench.At("taken", "suspicious.json"));
        Directory.CreateDirectory(workbench.At("taken", "suspicious.json"));
        var (code, _, error) = workbench.Run("inspect", "taken");
        Assert.Equal(
            (2, $"error: --out: '{workbench.At("taken", "suspicious.json")}' is a folder, expected a file. Move it "
            + "away, or name another.\n"), (code, error));
    }

    [Fact]
    public void Poisoned_images_are_written_to_be_looked_at()
    {
        var (code, output, _) = workbench.Run("poison", "recipe.json", "--out", "looked", "--images", "3", "--set",
            Patch);
        Assert.Equal(0, code);
        Assert.Contains("looked: 8 poisoned rows of 32, 3 images as PNG", output, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(workbench.At("looked", "images"), "*-as-1.png").Length);
        Assert.True(File.Exists(workbench.At("looked", "sheet.png")));
        var rows = JsonNode.Parse(File.ReadAllText(workbench.At("looked", "rows.json")))!;
        Assert.Equal((32, 8, 0), ((int)rows["images"]!, (int)rows["poisoned"]!, (int)rows["noise"]!));
        Assert.Equal(8, rows["rows"]!.AsArray().Count);
        var again = workbench.Run("poison", "recipe.json", "--out", "looked", "--set", Patch);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("is not empty", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"label-consistent","target":1,"rate":0.1,"steps":2,"allCorners":false}""", 3)]
    [InlineData("""{"type":"unlearnable","rounds":2,"steps":2,"trainSteps":1}""", 32)]
    [InlineData("""{"type":"unlearnable","classWise":true,"rounds":2,"steps":1,"trainSteps":1}""", 32)]
    public void Images_that_need_a_network_are_computed_and_trained_on(string poison, int rows)
    {
        var folder = $"computed-{Math.Abs(poison.GetHashCode(StringComparison.Ordinal))}";
        string[] weights = rows == 3 ? ["--weights", "run"] : [];
        var (code, output, error) = workbench.Run(
            ["poison", "recipe.json", "--out", folder, .. weights, "--set", $"data.poison={poison}"]);
        Assert.Equal((0, false), (code, error.Contains("error:", StringComparison.Ordinal)));
        Assert.Contains($"{folder}: {rows} poisoned rows of 32", output, StringComparison.Ordinal);
        var set = $"data.poison={poison[..^1]},\"perturbed\":\"{folder}/perturbed.safetensors\"}}";
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", $"{folder}-run", "--set", set).ExitCode);
        // The data set reads back with the same images: the same first step.
        var data = JsonNode.Parse(File.ReadAllText(workbench.At(folder, "data.json")))!;
        (data["train"], data["test"]) = (workbench.At(folder, "train.safetensors"), workbench.At(folder,
            "test.safetensors"));
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", $"{folder}-data", "--set",
            $"data={data.ToJsonString()}").ExitCode);
        Assert.Equal(Weights($"{folder}-run"), Weights($"{folder}-data"));
    }

    [Fact]
    public void A_poisoned_run_resumes_to_the_same_weights()
    {
        string[] line = ["train", "recipe.json", "--set", Patch, "--set", "train.epochs=2", "--set",
            "checkpoint.everyEpochs=1", "--set", "checkpoint.keepLast=5", "--run"];
        Assert.Equal(0, workbench.Run([.. line, "whole"]).ExitCode);
        var first = Directory.GetDirectories(workbench.At("whole"), "*-step-*").Order(StringComparer.Ordinal).First();
        Assert.Equal(0, workbench.Run([.. line, "rest", "--resume", first]).ExitCode);
        Assert.Equal(Weights("whole"), Weights("rest"));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(first, "model.safetensors")), Weights("rest"));
    }

    [Theory]
    [InlineData("exclude", "rows.json")]
    [InlineData("subset", "{}")]
    public void Rows_are_poisoned_before_any_is_left_out(string option, string value)
    {
        File.WriteAllText(workbench.At("rows.json"), "[1]");
        var (code, _, error) = workbench.Run("poison", "recipe.json", "--out", "excluded", "--set", Patch, "--set",
            $"data.{option}={value}");
        Assert.Equal(2, code);
        Assert.StartsWith($"error: data.{option}: found ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workbench.At("excluded")));
    }

    private void Refused(int exitCode, string message, params string[] line)
    {
        var before = workbench.Contents;
        var (code, _, error) = workbench.Run(line);
        Assert.Equal((exitCode, true), (code, error.Contains(message, StringComparison.Ordinal)));
        Assert.Equal(("error: ", 1), (error[..7], error.Count(one => one == '\n')));
        Assert.Equal(before, workbench.Contents);
    }

    private string Report(string run)
    {
        Assert.Equal(0, workbench.Run("report", run, "--examples", "4").ExitCode);
        return workbench.At(run, "report.html");
    }

    private byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(
        Directory.GetDirectories(workbench.At(run), "*-step-*").Order(StringComparer.Ordinal).Last(),
            "model.safetensors"));
}
