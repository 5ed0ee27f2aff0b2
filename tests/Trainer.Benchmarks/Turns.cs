using System.Diagnostics;
using Trainer.Engine.Training;

namespace Trainer.Benchmarks;

/// <summary>Stops the training loop after each block of its steps, and lets the peers do as many of theirs.</summary>
/// <param name="effort">How many turns, and how long.</param>
/// <param name="peers">Does a number of steps with each peer: milliseconds of each.</param>
/// <param name="last">Looks at the run after the last turn; null for nothing.</param>
internal sealed class Turns(Effort effort, Func<int, double[]> peers, Action<TrainingRun>? last = null) : TrainingHook
{
    private const int WarmUp = 10;
    private readonly Stopwatch clock = new();
    private readonly List<double> own = [];
    private readonly List<double[]> theirs = [];
    private int block;
    private int left = WarmUp;

    /// <summary>Median milliseconds of our step.</summary>
    public double OwnStep => own.Order().ElementAt(own.Count / 2) / block;

    /// <summary>Our resident memory in MB, after the last block.</summary>
    public double OwnMemory { get; private set; }

    /// <summary>One peer's time over ours, once a turn.</summary>
    public IReadOnlyList<double> Ratios(int peer) => [.. own.Zip(theirs, (mine, others) => others[peer] / mine)];

    public override void OnRunStart(TrainingRun run) => clock.Start();

    public override void OnStep(TrainingRun run)
    {
        if (--left > 0)
            return;
        run.Model.Parameters.Values.sum().item<float>(); // waits for the device
        var milliseconds = clock.Elapsed.TotalMilliseconds;
        if (block == 0)
        {
            block = Math.Max(1, (int)(effort.BlockSeconds * 1000 * WarmUp / milliseconds));
        }
        else
        {
            own.Add(milliseconds);
            theirs.Add(peers(block));
        }
        if (own.Count == effort.Rounds)
        {
            OwnMemory = ProcessMemory.Of(Environment.ProcessId);
            last?.Invoke(run);
            throw new BenchmarkOverException();
        }
        left = block;
        clock.Restart();
    }
}
