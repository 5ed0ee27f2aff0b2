namespace Trainer.Benchmarks.Rows;

/// <summary>Resident memory after training steps, against that of PyTorch's Python after as many.</summary>
/// <param name="Work">What a step is.</param>
internal sealed record MemoryRow(StepWork Work) : IRow
{
    private const double Target = 0.8;

    public string Name => "memory-conv-small";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        using var peer = Peer.OfPython("steps.py", Work.Name);
        var turns = new Turns(effort with { Rounds = 2 }, steps => [peer.Run(steps)]);
        BenchmarkRun.Train(Work.Recipe("float32"), turns);
        var (own, theirs) = (turns.OwnMemory, peer.Memory);
        return [new(Name, [own / theirs], Target, AtMost: true, Note: $"{own:F0} MB against {theirs:F0} MB",
            Peer: peer.Name)];
    }
}
