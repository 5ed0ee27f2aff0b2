using System.Diagnostics;
using System.Globalization;

namespace Trainer.Benchmarks;

/// <summary>A PyTorch process that does a number of steps when told to, and says how long they took.</summary>
internal sealed class Peer : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Trainer.Benchmarks", "peers");
    private readonly Process process;

    /// <summary>Starts the process and waits until it is warm.</summary>
    /// <param name="work">What it does; <c>peers/steps.py --help</c> lists it.</param>
    /// <param name="kind">"reference" (the order of work of the best-known repositories, defaults untouched) or "tuned".</param>
    public Peer(string work, string kind)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])[Path.Combine(Folder, "steps.py"), work, kind])
            start.ArgumentList.Add(argument);
        // What scripts/environment.sh sets for us is not PyTorch's default. One BLAS thread is what a careful user sets.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MALLOC_", StringComparison.Ordinal) || name.StartsWith("OMP_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        if (kind == "reference")
            start.Environment.Remove("OPENBLAS_NUM_THREADS");
        process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
        Answer();
    }

    /// <summary>Milliseconds of some steps.</summary>
    public double Run(int steps)
    {
        process.StandardInput.WriteLine(steps);
        process.StandardInput.Flush();
        return double.Parse(Answer(), CultureInfo.InvariantCulture);
    }

    /// <summary>Resident memory in MB.</summary>
    public double Memory => ProcessMemory.Of(process.Id);

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private string Answer() => process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException("The peer ended; what it said is above. Install PyTorch for /usr/bin/python3 (scripts/bench.sh does).");
}
