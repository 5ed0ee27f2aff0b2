namespace Trainer.Benchmarks.Rows;

/// <summary>
/// Training steps of the engine's own loop against those of TorchScript on the same libtorch, turn by turn in one run.
/// </summary>
/// <param name="Work">What a step is.</param>
/// <param name="Reference">The target against the reference; null for none.</param>
/// <param name="Tuned">The target against the tuned peer; null for none.</param>
internal sealed record StepRow(StepWork Work, double? Reference, double? Tuned) : IRow
{
    public string Name => Work.Name;

    public bool TakesMinutes => Work.Model == "preact-resnet-18";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        using var reference = Reference is null ? null : Peer.OfTorchScript(Name, "reference");
        using var tuned = Tuned is null ? null : Peer.OfTorchScript(Name, "tuned");
        Peer[] peers = [.. new[] { reference, tuned }.OfType<Peer>()];
        var turns = new Turns(effort, steps => [.. peers.Select(peer => peer.Run(steps))]);
        BenchmarkRun.Train(Work.Recipe("float32"), turns);
        foreach (var (index, peer) in peers.Index())
        {
            var (kind, target) = peer == reference ? ("reference", Reference!.Value) : ("tuned", Tuned!.Value);
            yield return new(
                $"{Name}-{kind}", turns.Ratios(index), target, Note: $"{turns.OwnStep:F1} ms a step; {peer.Check}",
                Peer: peer.Name);
        }
    }
}
