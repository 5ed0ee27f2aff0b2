namespace Trainer.EndToEnd;

/// <summary>What people see who mistype: one line, an exit code, and nothing created.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Theory]
    [InlineData("trian small.json", 2,
        "Unrecognized command or argument 'trian'. Did you mean train? See: trainer --help")]
    [InlineData("train small.json --run digits/..", 4, "The folder 'digits/..' holds recipe.json and is no run folder: "
        + "training would overwrite what is there. Name another folder with --run, or move the files away.")]
    public void A_mistake_is_one_line_and_an_exit_code(string line, int exitCode, string message)
    {
        File.WriteAllText(workbench.At("recipe.json"), "// mine");
        var before = workbench.Contents;
        var result = workbench.Run(line.Split(' '));
        Assert.Equal((exitCode, "", $"error: {message}\n"), (result.ExitCode, result.Output, result.Error));
        Assert.Equal(before, workbench.Contents);
    }

    [Fact]
    public void A_damaged_file_of_the_data_set_is_named()
    {
        File.WriteAllBytes(workbench.At("digits", "t10k-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 60]);
        var before = workbench.Contents;
        var result = workbench.Run("train", "small.json");
        Assert.StartsWith($"error: {workbench.At("digits", "t10k-labels-idx1-ubyte")} ", result.Error);
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(before, workbench.Contents);
    }

    [Fact]
    public void The_environment_and_the_settings_file_reach_the_recipe()
    {
        File.WriteAllText(workbench.At("trainer.json"), """{ "device": "cpu" }""");
        var result = TrainerProcess.Run(
            workbench.Folder, ["recipe", "show", "small.json"],
            new Dictionary<string, string> { ["TRAINER__train__epochs"] = "3" });
        Assert.Equal("", result.Error);
        Assert.Contains("\"epochs\": 3,", result.Output);
        Assert.Contains("// TRAINER__train__epochs", result.Output);
        Assert.Contains("\"device\": \"cpu\",", result.Output);
        Assert.Contains("// trainer.json or TRAINER_DEVICE", result.Output);
    }

    [Fact]
    public void Check_counts_what_a_run_would_use_and_creates_nothing()
    {
        var before = workbench.Contents;
        var result = workbench.Run("recipe", "check", "small.json");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("600 training, 60 held-out and 60 test images of 1×8×8, 10 classes", result.Output);
        Assert.Contains("22,406 parameters", result.Output);
        Assert.Contains("8 epochs of 30 steps, 240 steps", result.Output);
        Assert.Matches(@"(?m)^step\s+\S+ s, so \d+ s for all of them; evaluation comes on top\s*$", result.Output);
        Assert.Matches(@"(?m)^memory\s+\d+ MiB at the most so far\s*$", result.Output);
        // Each pass over the images makes four steps with every batch.
        var free = workbench.Run("recipe", "check", "small.json", "--set", """objective={"type":"free","replays":4}""");
        Assert.Contains("2 epochs of 120 steps, 240 steps", free.Output);
        Assert.Equal(before, workbench.Contents);
    }

    [Fact]
    public void The_doctor_finds_torch_and_explains_how_to_get_data()
    {
        var result = workbench.Run("doctor");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("libtorch", result.Output);
        Assert.Contains("scripts/get-data.sh", result.Output);
        Assert.DoesNotContain("fault", result.Output);
    }

    [Fact]
    public void The_doctor_of_two_processes_times_the_sum_of_gradients()
    {
        string[] launcher =
            ["mpirun.openmpi", "--bind-to", "none", "--oversubscribe", "--allow-run-as-root", "-np", "2"];
        using var started = TrainerProcess.StartBy(launcher, workbench.Folder, "doctor");
        var ended = started.Finish();
        Assert.Equal(0, ended.ExitCode);
        Assert.Matches(@"sum of gradients +[0-9.]+ µs a message and [0-9.]+ ns a byte", ended.Output);
    }
}
