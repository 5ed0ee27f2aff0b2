using System.Diagnostics;
using Trainer.Engine.Checkpoints;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// How long a save of a state of 100 million numbers keeps the loop waiting, as a share of the time until it is
/// written.
/// </summary>
internal sealed class SaveStallRow : IRow
{
    private const long Numbers = 100_000_000;

    public string Name => "save-stall";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        using var state = rand(Numbers);
        var folder = Directory.CreateTempSubdirectory("trainer-benchmark-");
        try
        {
            var shares = new List<double>();
            var seconds = new List<double>();
            using var done = new AutoResetEvent(false);
            using var saver = new CheckpointSaver(new CheckpointStore(
                folder.FullName, new(KeepLast: 1, KeepBest: 0), _ => { }), _ => done.Set());
            // The first save takes its memory from the system and counts as warm-up.
            for (var round = 0; round <= Math.Min(effort.Rounds, 5); round++)
            {
                var clock = Stopwatch.StartNew();
                saver.Save(new(
                    [new(CheckpointFiles.Model, [("weight", state)], new Dictionary<string, string>())], State(round)));
                var stall = clock.Elapsed.TotalSeconds;
                done.WaitOne();
                if (round == 0)
                    continue;
                shares.Add(stall / clock.Elapsed.TotalSeconds);
                seconds.Add(clock.Elapsed.TotalSeconds);
            }
            return [new(Name, shares, 0.10, AtMost: true, Note: $"400 MB written in {seconds.Average():F1} s")];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static CheckpointState State(long step) => new()
    {
        Next = NextAction.Step,
        Epoch = 0,
        StepInEpoch = step,
        GlobalStep = step,
        Attempt = 0,
        Recipe = [],
        RecipeHash = "",
        DataFingerprint = "",
        Versions = new Dictionary<string, string>(),
        Device = "cpu",
        Threads = 1,
        MetricsLength = 0,
        Parts = [],
    };
}
