using System.Diagnostics;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// The whole quick start, from the start of the process to the final table, against the peer's script; without the masking
/// checks and the report's examples, which the script does not have.
/// </summary>
internal sealed class QuickStartRow : IRow
{
    public string Name => "quickstart";

    public bool IsWhole => true;

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        var ratios = new List<double>();
        var own = new List<double>();
        for (var round = 0; round < Math.Max(1, effort.WholeRuns); round++)
        {
            var folder = Directory.CreateTempSubdirectory("trainer-benchmark-");
            own.Add(Seconds("scripts/train.sh", "recipes/quickstart.json", "--run", folder.FullName, "--set", "evaluate.checks=null", "--set", "logging.reportExamples=0"));
            ratios.Add(Seconds("/usr/bin/python3", "tests/Trainer.Benchmarks/peers/quickstart.py") / own[^1]);
            folder.Delete(recursive: true);
        }
        return [new(Name, ratios, 1.3, Note: $"{own.Order().ElementAt(own.Count / 2):F0} s")];
    }

    private static double Seconds(string command, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(command.StartsWith('/') ? command : Path.Combine(Repository.Root, command))
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return process.ExitCode == 0 ? clock.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"{command} ended with {process.ExitCode}. Run it alone to see why.");
    }
}
