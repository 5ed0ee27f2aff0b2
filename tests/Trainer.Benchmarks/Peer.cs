using System.Diagnostics;
using System.Globalization;
using Trainer.Robustness.Native;

namespace Trainer.Benchmarks;

/// <summary>A process without Trainer's loop that works when told to, and says how long that took.</summary>
internal sealed class Peer : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Trainer.Benchmarks", "peers");
    private static readonly string[] Ours = ["MALLOC_", "OMP_", "GOMP_"];
    private const string Processes = "processes ";
    private const string OpenMpi = "mpirun.openmpi";
    private readonly Process process;

    // Processes that wait for each other do so without sleep: they are stopped while others take their turn.
    private readonly string[] sleepers = [];

    private Peer(string name, ProcessStartInfo start, bool ownEnvironment)
    {
        Name = name;
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        if (!ownEnvironment)
            Clear(start);
        process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        var first = Answer();
        if (first.StartsWith(Processes, StringComparison.Ordinal))
        {
            sleepers = first[Processes.Length..].Split(' ');
            first = Answer();
        }
        Check = first.Split(' ', 2).ElementAtOrDefault(1) ?? "";
        Send("STOP");
    }

    /// <summary>Whether Open MPI can start several processes here.</summary>
    public static bool HasOpenMpi => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, OpenMpi)));

    /// <summary>What the lines of the table call it: the software that it runs on.</summary>
    public string Name { get; }

    /// <summary>
    /// What the peer found when it compared itself with Trainer before it said "ready"; empty where it did not.
    /// </summary>
    public string Check { get; }

    /// <summary>PyTorch's Python: waits until it is warm.</summary>
    /// <param name="script">A file of <c>peers</c>; its head says what its arguments are.</param>
    /// <param name="arguments">The script's arguments.</param>
    public static Peer OfPython(string script, params ReadOnlySpan<string> arguments) =>
        new(PyTorch.Name, new(PyTorch.Python, [Path.Combine(Folder, script), .. arguments]), ownEnvironment: false);

    /// <summary>
    /// TorchScript on this build's libtorch, in another process of this program: waits until it is warm and has been
    /// checked.
    /// </summary>
    /// <param name="work">The objective, then the network.</param>
    /// <param name="kind">
    /// "reference" (the order of work of the best-known repositories, in libtorch's default environment) or "tuned" (in
    /// the environment of Trainer's scripts, too).
    /// </param>
    public static Peer OfTorchScript(string work, string kind) =>
        OfThisProgram(ownEnvironment: kind == "tuned", "peer", work, kind);

    /// <summary>AutoAttack in the public order of work as TorchScript on this build's libtorch.</summary>
    /// <param name="weights">A safetensors file of conv-small.</param>
    /// <param name="epsilon">The L-infinity radius.</param>
    public static Peer OfAutoAttack(string weights, double epsilon) =>
        OfThisProgram(
        ownEnvironment: false, "autoattack-peer", weights, epsilon.ToString(CultureInfo.InvariantCulture));

    /// <summary>Trainer's own steps in another process of this program, or in several under mpirun.</summary>
    /// <param name="processes">How many mpirun starts; null starts one without it.</param>
    /// <param name="threads">Of each.</param>
    /// <param name="batch">The images a step, of all processes together.</param>
    public static Peer OfProcesses(int? processes, int threads, int batch)
    {
        string[] steps = [Environment.ProcessPath!, "steps-peer", $"{threads}", $"{batch}"];
        string[] command = processes is null ? steps
            : [OpenMpi, "--allow-run-as-root", "--oversubscribe", "-np", $"{processes}", .. steps];
        var start = new ProcessStartInfo(command[0], command[1..]);
        start.Environment["OMP_NUM_THREADS"] = $"{threads}";
        // mpirun gives the first process a terminal, which .NET would prepare by a sequence of control characters.
        start.Environment["TERM"] = "dumb";
        return new("Trainer", start, ownEnvironment: true);
    }

    private static Peer OfThisProgram(bool ownEnvironment, params string[] arguments) =>
        new($"libtorch {Libtorch.Load().Version}, TorchScript", new(Environment.ProcessPath!, arguments),
        ownEnvironment);

    /// <summary>Milliseconds of some work, and what else the peer says of it.</summary>
    /// <param name="work">A line.</param>
    public (double Milliseconds, string Answer) Do(string work)
    {
        process.StandardInput.WriteLine(work);
        process.StandardInput.Flush();
        var words = Answer().Split(' ', 2);
        return (double.Parse(words[0], CultureInfo.InvariantCulture), words.ElementAtOrDefault(1) ?? "");
    }

    /// <summary>Milliseconds of some steps.</summary>
    public double Run(int steps) => Do(steps.ToString(CultureInfo.InvariantCulture)).Milliseconds;

    /// <summary>Milliseconds of some steps of a peer that sleeps before and after them.</summary>
    public double RunAwake(int steps)
    {
        Send("CONT");
        var milliseconds = Run(steps);
        Send("STOP");
        return milliseconds;
    }

    /// <summary>Resident memory in MB.</summary>
    public double Memory => ProcessMemory.Of(process.Id);

    public void Dispose()
    {
        Send("CONT");
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>
    /// Takes from a peer what scripts/environment.sh sets for us and is not PyTorch's default. Its OpenBLAS has one
    /// thread, as a careful user sets it.
    /// </summary>
    public static void Clear(ProcessStartInfo start)
    {
        foreach (var name in start.Environment.Keys.Where(name =>
            Ours.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToList())
            start.Environment.Remove(name);
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
    }

    private void Send(string signal)
    {
        if (sleepers.Length == 0)
            return;
        using var kill = Process.Start("bash", ["-c", $"kill -{signal} {string.Join(' ', sleepers)}"]);
        kill.WaitForExit();
    }

    private string Answer() => process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException($"The peer ended ({Name}); what it said is above.");
}
