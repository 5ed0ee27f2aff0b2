using System.Globalization;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// Training steps of two processes under mpirun against those of one process, of one thread and of two, and against two
/// processes that exchange nothing, with half the batch each; and of one process under mpirun against one without. Turn
/// by turn in one run; machines without Open MPI leave it out.
/// </summary>
/// <param name="Work">What a step is.</param>
internal sealed record ProcessesRow(StepWork Work) : IRow
{
    // How many times as fast two processes are as one of one thread, as one of two threads and as two apart, and one
    // under mpirun as one without.
    private const double AgainstOne = 1.7;
    private const double AgainstThreads = 1.0;
    private const double AgainstApart = 0.95;
    private const double Launched = 0.98;

    public string Name => "processes";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        if (!Peer.HasOpenMpi)
            return [];
        using var alone = Peer.OfProcesses(processes: null, threads: 1, Work.BatchSize);
        using var launched = Peer.OfProcesses(processes: 1, threads: 1, Work.BatchSize);
        using var threads = Peer.OfProcesses(processes: null, threads: 2, Work.BatchSize);
        using var two = Peer.OfProcesses(processes: 2, threads: 1, Work.BatchSize);
        using var apart = Peer.OfProcesses(processes: null, threads: 1, Work.BatchSize / 2);
        using var other = Peer.OfProcesses(processes: null, threads: 1, Work.BatchSize / 2);
        Peer[] all = [alone, launched, threads, two];
        var steps = Math.Max(1, (int)(effort.BlockSeconds * 1000 / alone.RunAwake(1)));
        var rounds = new List<double[]>();
        for (var round = 0; round < effort.Rounds; round++)
            rounds.Add([.. all.Select(peer => peer.RunAwake(steps)), Slower(apart, other, steps)]);
        var note = string.Create(CultureInfo.InvariantCulture, $"{rounds.Select(round => round[0]).Order()
            .ElementAt(rounds.Count / 2) / steps:F1} ms a step of one process of one thread");
        return
        [
            new($"{Name}-two", [.. rounds.Select(round => round[0] / round[3])], AgainstOne, Note: note),
            new($"{Name}-threads", [.. rounds.Select(round => round[2] / round[3])], AgainstThreads),
            new($"{Name}-apart", [.. rounds.Select(round => round[4] / round[3])], AgainstApart,
                Note: $"two apart are {rounds.Select(round => round[0] / round[4]).Order().ElementAt(
                    rounds.Count / 2).ToString("F2", CultureInfo.InvariantCulture)} times as fast as one"),
            new($"{Name}-launcher", [.. rounds.Select(round => round[0] / round[1])], Launched),
        ];
    }

    /// <summary>Milliseconds of the slower of two peers that work at the same time.</summary>
    private static double Slower(Peer one, Peer other, int steps)
    {
        var second = Task.Run(() => other.RunAwake(steps));
        return Math.Max(one.RunAwake(steps), second.GetAwaiter().GetResult());
    }
}
