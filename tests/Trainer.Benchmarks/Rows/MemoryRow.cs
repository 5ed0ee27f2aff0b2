namespace Trainer.Benchmarks.Rows;

/// <summary>
/// Resident memory after training steps, against that of PyTorch's Python and of TorchScript on the same libtorch after
/// as many.
/// </summary>
/// <param name="Work">What a step is.</param>
internal sealed record MemoryRow(StepWork Work) : IRow
{
    // Of PyTorch's memory, and of TorchScript's.
    private const double AgainstPyTorch = 0.8;
    private const double AgainstTorchScript = 1.0;

    public string Name => "memory-conv-small";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        using var python = Peer.OfPython("steps.py", Work.Name);
        using var script = Peer.OfTorchScript(Work.Name, "tuned");
        var turns = new Turns(effort with { Rounds = 2 }, steps => [python.Run(steps), script.Run(steps)]);
        BenchmarkRun.Train(Work.Recipe("float32"), turns);
        return [Of(Name, python, AgainstPyTorch), Of($"{Name}-tuned", script, AgainstTorchScript)];

        Ratio Of(string name, Peer peer, double target) => new(
            name, [turns.OwnMemory / peer.Memory], target, AtMost: true,
            Note: $"{turns.OwnMemory:F0} MB against {peer.Memory:F0} MB", Peer: peer.Name);
    }
}
