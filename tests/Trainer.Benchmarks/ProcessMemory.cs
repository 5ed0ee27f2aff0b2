using System.Globalization;

namespace Trainer.Benchmarks;

/// <summary>Resident memory of a process, as Linux counts it.</summary>
internal static class ProcessMemory
{
    /// <summary>In MB.</summary>
    public static double Of(int process) => File.ReadLines($"/proc/{process}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line =>
        double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024)
        .Single();
}
