using System.Diagnostics;
using Trainer.Engine.Devices;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// The whole quick start, from the start of the process to the final table, against the peer's script; without the
/// masking checks and the report's examples, which the script does not have. Where the processor computes in bfloat16,
/// also with such attacks.
/// </summary>
internal sealed class QuickStartRow : IRow
{
    public string Name => "quickstart";

    public bool TakesMinutes => true;

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        var (own, half, peer) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Math.Max(1, effort.WholeRuns); round++)
        {
            own.Add(Own());
            peer.Add(Seconds(PyTorch.Python, "tests/Trainer.Benchmarks/peers/quickstart.py"));
            if (Processor.HasBFloat16)
                half.Add(Own("--set", "train.attackPrecision=bfloat16"));
        }
        yield return Over(Name, own, peer);
        if (half.Count > 0)
            yield return Over($"{Name}-bfloat16", half, peer);
    }

    private static Ratio Over(string name, List<double> own, List<double> peer) =>
        new(name, [.. peer.Zip(own, (theirs, mine) => theirs / mine)], 1.3,
        Note: $"{own.Order().ElementAt(own.Count / 2):F0} s", Peer: PyTorch.Name);

    private static double Own(params ReadOnlySpan<string> settings)
    {
        var folder = Directory.CreateTempSubdirectory("trainer-benchmark-");
        var seconds = Seconds("scripts/train.sh", ["recipes/quickstart.json", "--run", folder.FullName, "--set",
            "evaluate.checks=null", "--set", "logging.reportExamples=0", .. settings]);
        folder.Delete(recursive: true);
        return seconds;
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
        // Our script sets its own environment.
        Peer.Clear(start);
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
