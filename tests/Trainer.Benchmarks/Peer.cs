using System.Diagnostics;
using System.Globalization;

namespace Trainer.Benchmarks;

/// <summary>A PyTorch process that works when told to, and says how long that took.</summary>
internal sealed class Peer : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Trainer.Benchmarks", "peers");
    private static readonly string[] Ours = ["MALLOC_", "OMP_", "GOMP_"];
    private readonly Process process;

    /// <summary>Starts the process and waits until it is warm.</summary>
    /// <param name="script">A file of <c>peers</c>; its head says what its arguments are.</param>
    /// <param name="untouched">Leaves PyTorch's threads at their defaults, as the best-known repositories do.</param>
    /// <param name="arguments">The script's arguments.</param>
    public Peer(string script, bool untouched, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in (ReadOnlySpan<string>)[Path.Combine(Folder, script), .. arguments])
            start.ArgumentList.Add(argument);
        Clear(start);
        if (untouched)
            start.Environment.Remove("OPENBLAS_NUM_THREADS");
        process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
        Answer();
    }

    /// <summary>A peer that takes training steps: <c>peers/steps.py</c>.</summary>
    /// <param name="work">What a step is.</param>
    /// <param name="kind">"reference" (the order of work of the best-known repositories, defaults untouched) or "tuned".</param>
    public static Peer OfSteps(string work, string kind) => new("steps.py", kind == "reference", work, kind);

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

    /// <summary>Resident memory in MB.</summary>
    public double Memory => ProcessMemory.Of(process.Id);

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>Takes from a peer what scripts/environment.sh sets for us and is not PyTorch's default. Its OpenBLAS has one thread, as a careful user sets it.</summary>
    public static void Clear(ProcessStartInfo start)
    {
        foreach (var name in start.Environment.Keys.Where(name => Ours.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToList())
            start.Environment.Remove(name);
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
    }

    private string Answer() => process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException("The peer ended; what it said is above. Install PyTorch for /usr/bin/python3 (scripts/bench.sh does).");
}
