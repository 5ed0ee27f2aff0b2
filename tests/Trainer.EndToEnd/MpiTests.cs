using System.Globalization;
using System.Text.Json.Nodes;
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
            Assert.True(Signal("KILL", rank: 1));
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
    [Trait("duration", "long")]
    public void Twenty_kills_of_a_process_at_a_time_change_no_bit_of_a_run_of_two()
    {
        var (random, kills, run) = (new Random(4), 0, 0);
        // A run that is over before the last kill, as on a machine so busy that a change is seen late, has a successor.
        while (kills < 20)
            if (KilledAt($"parts-{run}", random.Next(1, 12), random.Next(2)))
                kills++;
            else
                run++;
        foreach (var name in Enumerable.Range(0, run + 1).Select(part => $"parts-{part}").Prepend("unhurt"))
        {
            using var started = TrainerProcess.StartBy(OpenMpi(2), workbench.Folder, Longer(name));
            Assert.Equal(0, started.Finish().ExitCode);
            Assert.Equal(workbench.Weights("unhurt"), workbench.Weights(name));
            Assert.Equal(workbench.Metrics("unhurt"), workbench.Metrics(name));
        }
    }

    [Fact]
    public void SIGUSR2_at_mpirun_saves_and_stops_all_processes()
    {
        using var started = TrainerProcess.StartBy(OpenMpi(2), workbench.Folder, Longer("stopped"));
        started.WaitFor("Saved step 10");
        started.Signal("USR2");
        var ended = started.Finish();
        Assert.Equal(143, ended.ExitCode);
        Assert.Contains("Stopped by SIGTERM; saved at step", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void SIGUSR2_at_mpirun_in_a_block_of_the_final_evaluation_stops_all_processes_at_once()
    {
        string[] line = ["train", "small.json", "--run", "ended", "--set", "train.maxSteps=20"];
        using (var started = TrainerProcess.StartBy(
            OpenMpi(2), workbench.Folder, [.. line, "--set", Workbench.LongFinal]))
        {
            workbench.AwaitAttack("ended");
            started.Signal("USR2");
            var stopped = started.Finish();
            Assert.Equal(143, stopped.ExitCode);
            Assert.Contains("Stopped by SIGTERM; saved at step 20.", stopped.Output, StringComparison.Ordinal);
        }
        Assert.Equal(1, workbench.Blocks("ended"));
        using var rest = TrainerProcess.StartBy(OpenMpi(2), workbench.Folder, [.. line, "--set", "evaluate.final=[]"]);
        Assert.Equal(0, rest.Finish().ExitCode);
    }

    [Fact]
    public void SIGTERM_at_the_second_process_saves_and_stops_both()
    {
        using var started = TrainerProcess.StartBy(OpenMpi(2), workbench.Folder, Longer("parts"));
        started.WaitFor("Saved step 10");
        Assert.True(Signal("TERM", rank: 1));
        var ended = started.Finish();
        Assert.Equal(143, ended.ExitCode);
        Assert.Contains("Stopped by SIGTERM; saved at step", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_finds_no_MPI_library_names_its_rank_and_machine()
    {
        using var started = TrainerProcess.StartBy(
            [.. OpenMpi(2), "-x", "TRAINER_MPI=nowhere.so"], workbench.Folder, [.. Run, "none"]);
        var ended = started.Finish();
        Assert.Equal(5, ended.ExitCode);
        Assert.Matches(
            $@"(?m)^error: rank [01] on {Regex.Escape(Environment.MachineName)}: No MPI library was found: looked for "
            + @"nowhere\.so\. ", ended.Error);
    }

    [Fact]
    public void Three_processes_write_the_ledger_of_one() =>
        LedgersAreThoseOfOne("--attack", "apgd-ce", "--examples", "40");

    [Fact]
    [Trait("duration", "long")]
    public void Three_processes_write_the_ledger_of_one_in_AutoAttack_of_500_images()
    {
        IdxFiles.Write(workbench.At("many"), training: 10, test: 500);
        LedgersAreThoseOfOne(
            "--attack", "autoattack", "--examples", "500", "--data", """{ "type": "mnist", "path": "many" }""");
    }

    [Fact]
    public void Two_processes_do_not_take_the_stored_threads_of_one_twice()
    {
        // More than each of two has for itself, on any machine.
        var threads = (2 * Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture);
        Assert.Equal(0, workbench.Run(
            [.. Run, "many", "--threads", threads, "--set", "train.maxSteps=2", "--set", "evaluate.attacks=[]"])
            .ExitCode);
        using var divided = TrainerProcess.StartBy(
            ["env", "-u", "OMP_NUM_THREADS", .. OpenMpi(2)], workbench.Folder, "evaluate", "many", "--attack", "fgsm");
        var noted = ThreadsOfEach().Match(divided.Finish().Error);
        Assert.True(noted.Success);
        Assert.InRange(
            int.Parse(noted.Groups[1].Value, CultureInfo.InvariantCulture), 1,
            Math.Max(1, Environment.ProcessorCount / 2));
    }

    private void LedgersAreThoseOfOne(params string[] what)
    {
        string[] evaluate =
            ["evaluate", whole.Workbench.At("whole"), "--set", "evaluate.batchSize=8", .. what, "--ledger"];
        Assert.Equal(0, workbench.Run([.. evaluate, "alone"]).ExitCode);
        using var divided = TrainerProcess.StartBy(OpenMpi(3), workbench.Folder, [.. evaluate, "divided"]);
        Assert.Equal(0, divided.Finish().ExitCode);
        var (alone, three) = (Ledgers("alone"), Ledgers("divided"));
        Assert.Contains(alone.Keys, file => file.EndsWith("ledger.jsonl", StringComparison.Ordinal));
        Assert.Equal(alone, three);
    }

    /// <summary>Kills a process at the n-th change of the run folder that follows its line in the log.</summary>
    /// <returns>Whether that ended the run before its end; one that ended with 0 is finished.</returns>
    private bool KilledAt(string run, int n, int rank)
    {
        var isKilled = false;
        using var watcher = new RunWatcher(workbench.At(run));
        using var started = TrainerProcess.StartBy(OpenMpi(2), workbench.Folder, Longer(run));
        var ended = Task.Run(() =>
        {
            var result = started.Finish();
            watcher.End();
            return result;
        });
        foreach (var _ in watcher.Changes)
            if (!isKilled && --n <= 0)
                isKilled = Signal("KILL", rank, run);
        // A process that has just ended may still be there to be killed; then the run is done.
        var isOver = ended.GetAwaiter().GetResult().ExitCode == 0;
        Assert.True(isOver ? IsDone(run) : isKilled);
        return !isOver;
    }

    /// <summary>Whether the newest checkpoint is that of the end.</summary>
    private bool IsDone(string run) => (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(
        Directory.EnumerateDirectories(workbench.At(run), "*-step-*").Order(StringComparer.Ordinal).Last(),
        "state.json")))!["next"] == "done";

    /// <summary>Sends a signal to a process of the newest start that the log names, if it is there.</summary>
    private bool Signal(string name, int rank, string run = "parts")
    {
        var log = workbench.At(run, "log.txt");
        return File.Exists(log) && Processes().Matches(File.ReadAllText(log)) is [.., var newest]
            && TrainerProcess.Signal(name, newest.Groups[1 + rank].Value);
    }

    private static string[] Longer(string run) => [.. Run, run, "--set", "train.epochs=8"];

    private SortedDictionary<string, string> Ledgers(string folder) => new(
        Directory.GetFiles(workbench.At(folder), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".jsonl" or ".safetensors").ToDictionary(
                file => Path.GetRelativePath(workbench.At(folder), file),
                file => Convert.ToHexString(File.ReadAllBytes(file))), StringComparer.Ordinal);

    internal static string[] OpenMpi(int processes) =>
        ["mpirun.openmpi", "--bind-to", "none", "--oversubscribe", "--allow-run-as-root", "-np", $"{processes}"];

    private static string[] Mpich(int processes) => ["mpirun.mpich", "-np", $"{processes}"];

    [GeneratedRegex(@"rank 0 on \S+ \(process (\d+)\), rank 1 on \S+ \(process (\d+)\)")]
    private static partial Regex Processes();

    [GeneratedRegex("note: 2 processes compute with ([0-9]+) threads? each")]
    private static partial Regex ThreadsOfEach();

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
