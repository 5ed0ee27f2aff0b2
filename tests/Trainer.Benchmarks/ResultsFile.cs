using System.Globalization;
using System.Runtime.InteropServices;
using Trainer.Engine.Devices;

namespace Trainer.Benchmarks;

/// <summary>
/// What one call measured, with its conditions: on the screen and, where that is asked for, at the end of the day's
/// file.
/// </summary>
/// <param name="arguments">Of the call.</param>
/// <param name="record">Whether a file is written; it is committed, so that results can be compared over time.</param>
internal sealed class ResultsFile(IReadOnlyList<string> arguments, bool record)
{
    private static readonly string Today = DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The file of the day.</summary>
    public static string Path { get; } = System.IO.Path.Combine(
        Repository.Root, "tests", "Trainer.Benchmarks", "results", $"{Today}.txt");

    /// <summary>Command, date, hardware and versions.</summary>
    public void AddConditions()
    {
        Add($"# {string.Join(' ', ["scripts/bench.sh", .. arguments])}");
        Add($"# {Today}, {ProcessorName()}, {Environment.ProcessorCount} logical cores ({Processor.Instructions}), "
            + $"{RuntimeInformation.OSDescription}");
        Add($"# {string.Join(", ", TorchVersions.Software.Select(version => $"{version.Key} {version.Value}"))}");
    }

    public void Add(string line)
    {
        Console.WriteLine(line);
        if (!record)
            return;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.AppendAllText(Path, line + "\n");
    }

    private static string ProcessorName() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(
        "model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor"
        : "unknown processor";
}
