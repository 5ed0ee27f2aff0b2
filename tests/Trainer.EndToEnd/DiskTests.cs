namespace Trainer.EndToEnd;

/// <summary>Run folders that others have been at, and disks without room.</summary>
public sealed class DiskTests(WholeRun whole) : IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_full_disk_damage_and_rubbish_in_the_run_folder_cost_the_last_steps_alone()
    {
        using (var started = TrainerProcess.Start(workbench.Folder, "train", "small.json", "--run", "parts"))
        {
            started.WaitFor("Saved step 20");
            started.Signal("KILL");
            Assert.Equal(137, started.Finish().ExitCode);
        }
        var before = Newest();

        // A limit on the size of files is what a full disk is to the saves; metrics and log stay below it.
        using (var started = TrainerProcess.StartUnder(Limit(50), workbench.Folder, "train", "small.json", "--run",
            "parts"))
        {
            var full = started.Finish();
            Assert.Equal(4, full.ExitCode);
            Assert.Contains("Resumes in epoch", full.Output, StringComparison.Ordinal);
            Assert.Contains("The save at step", full.Output, StringComparison.Ordinal);
            Assert.Contains("The save at step", full.Error, StringComparison.Ordinal);
        }
        Assert.Equal(before, Newest());

        var damaged = Newest();
        File.WriteAllBytes(Path.Combine(damaged, "optimizer.safetensors"), []);
        foreach (var leftover in (string[])[".tmp-000090-step-000000900", ".trash-000001-step-000000001"])
        {
            Directory.CreateDirectory(workbench.At("parts", leftover));
            File.WriteAllText(workbench.At("parts", leftover, "model.safetensors"), "half of it");
        }
        File.WriteAllText(workbench.At("parts", "notes.txt"), "mine");
        Directory.CreateDirectory(workbench.At("parts", "000500-step-mine"));

        var rest = workbench.Run("train", "small.json", "--run", "parts");
        Assert.Equal(0, rest.ExitCode);
        Assert.Contains($"The checkpoint '{damaged}' is damaged (", rest.Output, StringComparison.Ordinal);
        EqualsTheWholeRun();
        Assert.Equal("mine", File.ReadAllText(workbench.At("parts", "notes.txt")));
        Assert.True(Directory.Exists(workbench.At("parts", "000500-step-mine")));
        Assert.True(Directory.Exists(damaged));
        Assert.Empty(Directory.GetDirectories(workbench.At("parts"), ".*"));
    }

    [Fact]
    public void A_run_folder_that_is_moved_while_its_run_works_ends_the_run_and_is_not_created_again()
    {
        using (var started = TrainerProcess.Start(workbench.Folder, "train", "small.json", "--run", "before"))
        {
            started.WaitFor("Saved step 20");
            Directory.Move(workbench.At("before"), workbench.At("parts"));
            var ended = started.Finish();
            Assert.Equal(4, ended.ExitCode);
            Assert.StartsWith(
                $"error: The run folder '{workbench.At("before")}' was moved or deleted while its run was at work",
                ended.Error, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(workbench.At("before")));
        Assert.Equal(0, workbench.Run("train", "small.json", "--run", "parts").ExitCode);
        EqualsTheWholeRun();
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_read_is_neither_passed_over_nor_marked()
    {
        string[] line = ["train", "small.json", "--run", "parts", "--set"];
        Assert.Equal(0, workbench.Run([.. line, "train.epochs=2", "--skip-final"]).ExitCode);
        var model = Path.Combine(Newest(), "model.safetensors");
        File.Move(model, workbench.At("away"));
        File.CreateSymbolicLink(model, model);
        foreach (var command in (string[][])[[.. line, "train.epochs=2"], ["evaluate", "parts/latest"]])
        {
            var refused = workbench.Run(command);
            Assert.Equal(4, refused.ExitCode);
            Assert.Contains(
                $"{Path.GetFileName(Newest())}' cannot be read: ", refused.Error, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(Path.Combine(Newest(), "damaged.txt")));
        File.Move(workbench.At("away"), model, overwrite: true);
        Assert.Equal(0, workbench.Run([.. line, "train.epochs=2"]).ExitCode);
    }

    [Fact]
    public void A_repair_that_finds_no_room_leaves_nothing_that_keeps_it_from_being_repeated()
    {
        string[] train = ["train", "small.json", "--run", "run", "--set", "train.maxSteps=20", "--skip-final"];
        Assert.Equal(0, workbench.Run(train).ExitCode);
        string[] repair =
            ["repair", "run", "--method", "fine-tuning", "--share", "0.05", "--epochs", "1", "--out", "repaired"];
        using (var started = TrainerProcess.StartUnder(Limit(50), workbench.Folder, repair))
        {
            var full = started.Finish();
            Assert.Equal(1, full.ExitCode);
            Assert.Contains("error: 'repaired' cannot be written: ", full.Error, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(workbench.At("repaired")));
        Assert.Equal(0, workbench.Run(repair).ExitCode);
        Assert.True(File.Exists(workbench.At("repaired", "repair.json")));
        Assert.Equal(0, workbench.Run("evaluate", "repaired", "--attack", "fgsm", "--examples", "5").ExitCode);
        Assert.Empty(Directory.GetDirectories(workbench.Folder, ".*"));
    }

    /// <summary>
    /// Limits the size of files once libtorch is loaded, which on older systems takes a larger file in memory.
    /// </summary>
    private static string Limit(int kilobytes) =>
        "(until grep -q LibTorchSharp /proc/$$/maps; do sleep 0.05; done; prlimit --pid $$ "
        + $"--fsize={kilobytes * 1024}) & trap '' XFSZ";

    [Fact]
    public void A_disk_without_room_for_metrics_does_not_end_training()
    {
        using var started = TrainerProcess.StartUnder(
            Limit(30), workbench.Folder, "train", "small.json", "--run", "parts", "--set", "logging.everySteps=1");
        var full = started.Finish();
        Assert.Equal(4, full.ExitCode);
        Assert.Contains("Epoch 8 of 8", full.Output, StringComparison.Ordinal);
        Assert.Contains("The run's metrics cannot be written", full.Output, StringComparison.Ordinal);
        Assert.Contains("The save at step", full.Error, StringComparison.Ordinal);
        Assert.All(workbench.Metrics("parts"), line => Assert.EndsWith("}", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_second_run_in_the_same_folder_is_refused_and_changes_nothing()
    {
        using var first = TrainerProcess.Start(workbench.Folder, "train", "small.json", "--run", "parts");
        first.WaitFor("Saved step 20");
        // Or it is done before the second has started, on a fast machine.
        first.Halt();
        var before = Files();
        var second = workbench.Run("train", "small.json", "--run", "parts");
        Assert.Equal(before, Files());
        first.Signal("KILL");
        Assert.Equal(4, second.ExitCode);
        Assert.Matches(@"is in use by process \d+ on ", second.Error);
        Assert.Equal(137, first.Finish().ExitCode);

        IEnumerable<(string, long, DateTime)> Files() =>
            [.. workbench.Contents.Where(File.Exists).Select(path => new FileInfo(path)).Select(file =>
            (file.FullName, file.Length, file.LastWriteTimeUtc))];
    }

    [Fact]
    public void A_file_system_without_locks_is_reported()
    {
        var unlocked = new Dictionary<string, string> { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" };
        string[] line = ["train", "small.json", "--run", "parts", "--set", "train.maxSteps=4"];
        var run = TrainerProcess.Run(workbench.Folder, line, unlocked);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(
            $"The file system of '{workbench.At("parts")}' has no locks", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("did not sign off", run.Output, StringComparison.Ordinal);
        File.WriteAllText(workbench.At("parts", ".owner"), "process 12 on node3\n");
        Assert.Contains(
            "process 12 on node3 was there before and did not sign off",
            TrainerProcess.Run(workbench.Folder, line, unlocked).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("has no locks", workbench.Run(line).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_that_finds_no_room_costs_nothing_else()
    {
        using (var started = TrainerProcess.StartUnder("exec > /dev/full 2> /dev/full", workbench.Folder, "train",
            "small.json", "--run", "parts"))
            Assert.Equal(0, started.Finish().ExitCode);
        using (var refused = TrainerProcess.StartUnder("exec > /dev/full 2> /dev/full", workbench.Folder, "train",
            "small.json", "--run", "parts", "--set", "seed=5"))
            Assert.Equal(4, refused.Finish().ExitCode);
        EqualsTheWholeRun();
    }

    private string Newest() =>
        Directory.GetDirectories(workbench.At("parts"), "0*-step-0*").Order(StringComparer.Ordinal).Last();

    private void EqualsTheWholeRun()
    {
        Assert.Equal(whole.Weights, File.ReadAllBytes(Path.Combine(Newest(), "model.safetensors")));
        Assert.Equal(whole.Metrics, workbench.Metrics("parts"));
    }
}
