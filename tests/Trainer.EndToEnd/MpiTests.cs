using System.Text.RegularExpressions;

namespace Trainer.EndToEnd;

/// <summary>Several processes under mpirun, by the two libraries of Debian.</summary>
public sealed partial class MpiTests : IClassFixture<MpiTests.OpenMpiRun>, IDisposable
{
    private static readonly string[] Run =
    [
        "train", "small.json", "--set", "train.epochs=2", "--set", "evaluate.everyEpochs=2", "--set",
        "logging.reportExamples=0", "--set", "evaluate.final=[]", "--run",
    ];
    private readonly OpenMpiRun whole;
    private readonly Workbench workbench = new();

    public MpiTests(OpenMpiRun whole) => this.whole = whole;

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_run_of_MPICH_whose_second_process_was_killed_ends_with_the_bits_of_Open_MPI()
    {
        using (var started = TrainerProcess.StartBy(Mpich(2), workbench.Folder, [.. Run, "parts"]))
        {
            started.WaitFor("Saved step 20");
            var second = Second().Match(File.ReadAllText(workbench.At("parts", "log.txt"))).Groups[1].Value;
            using (var kill = System.Diagnostics.Process.Start("kill", ["-KILL", second]))
                kill.WaitForExit();
            Assert.NotEqual(0, started.Finish().ExitCode);
        }
        using var rest = TrainerProcess.StartBy(Mpich(2), workbench.Folder, [.. Run, "parts"]);
        var ended = rest.Finish();
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("Resumes in epoch", ended.Output, StringComparison.Ordinal);
        Assert.Equal(whole.Workbench.Weights("whole"), workbench.Weights("parts"));
        Assert.Equal(whole.Workbench.Metrics("whole"), workbench.Metrics("parts"));
    }

    [Fact]
    public void SIGUSR2_at_mpirun_saves_and_stops_all_processes()
    {
        using var started = TrainerProcess.StartBy(OpenMpi(2), workbench.Folder, [.. Run, "stopped"]);
        started.WaitFor("Saved step 10");
        started.Signal("USR2");
        var ended = started.Finish();
        Assert.Equal(143, ended.ExitCode);
        Assert.Contains("Stopped by SIGTERM; saved at step", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Three_processes_write_the_ledger_of_one()
    {
        string[] evaluate =
        [
            "evaluate", whole.Workbench.At("whole"), "--attack", "apgd-ce", "--set", "evaluate.batchSize=8",
            "--examples", "40", "--ledger",
        ];
        Assert.Equal(0, workbench.Run([.. evaluate, "alone"]).ExitCode);
        using var divided = TrainerProcess.StartBy(OpenMpi(3), workbench.Folder, [.. evaluate, "divided"]);
        Assert.Equal(0, divided.Finish().ExitCode);
        var (alone, three) = (Ledgers("alone"), Ledgers("divided"));
        Assert.Contains(alone.Keys, file => file.EndsWith("ledger.jsonl", StringComparison.Ordinal));
        Assert.Equal(alone, three);
    }

    private SortedDictionary<string, string> Ledgers(string folder) => new(
        Directory.GetFiles(workbench.At(folder), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".jsonl" or ".safetensors").ToDictionary(
                file => Path.GetRelativePath(workbench.At(folder), file),
                file => Convert.ToHexString(File.ReadAllBytes(file))), StringComparer.Ordinal);

    private static string[] OpenMpi(int processes) =>
        ["mpirun.openmpi", "--bind-to", "none", "--oversubscribe", "--allow-run-as-root", "-np", $"{processes}"];

    private static string[] Mpich(int processes) => ["mpirun.mpich", "-np", $"{processes}"];

    [GeneratedRegex(@"rank 1 on \S+ \(process (\d+)\)")]
    private static partial Regex Second();

    /// <summary>A run of two processes by Open MPI.</summary>
    public sealed class OpenMpiRun : IDisposable
    {
        public OpenMpiRun()
        {
            using var started = TrainerProcess.StartBy(OpenMpi(2), Workbench.Folder, [.. Run, "whole"]);
            var ended = started.Finish();
            Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        }

        internal Workbench Workbench { get; } = new();

        public void Dispose() => Workbench.Dispose();
    }
}
