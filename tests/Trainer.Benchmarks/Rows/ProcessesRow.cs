using System.Globalization;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// Training steps of two processes under mpirun against those of one process, of one thread and of two, and of one
/// process under mpirun against one without, turn by turn in one run. Machines without Open MPI leave it out.
/// </summary>
/// <param name="Work">What a step is.</param>
internal sealed record ProcessesRow(StepWork Work) : IRow
{
    // How often one process of one thread is as fast as two, as one of two threads, and as one under mpirun.
    private const double AgainstOne = 1.7;
    private const double AgainstThreads = 1.0;
    private const double Launched = 0.98;

    public string Name => "processes";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        if (!Peer.HasOpenMpi)
            return [];
        using var alone = Peer.OfProcesses(processes: null, threads: 1);
        using var launched = Peer.OfProcesses(processes: 1, threads: 1);
        using var threads = Peer.OfProcesses(processes: null, threads: 2);
        using var two = Peer.OfProcesses(processes: 2, threads: 1);
        Peer[] all = [alone, launched, threads, two];
        var steps = Math.Max(1, (int)(effort.BlockSeconds * 1000 / alone.RunAwake(1)));
        var rounds = new List<double[]>();
        for (var round = 0; round < effort.Rounds; round++)
            rounds.Add([.. all.Select(peer => peer.RunAwake(steps))]);
        var note = string.Create(CultureInfo.InvariantCulture, $"{rounds.Select(round => round[0]).Order()
            .ElementAt(rounds.Count / 2) / steps:F1} ms a step of one process of one thread");
        return
        [
            new($"{Name}-two", [.. rounds.Select(round => round[0] / round[3])], AgainstOne, Note: note),
            new($"{Name}-threads", [.. rounds.Select(round => round[2] / round[3])], AgainstThreads),
            new($"{Name}-launcher", [.. rounds.Select(round => round[0] / round[1])], Launched),
        ];
    }
}
