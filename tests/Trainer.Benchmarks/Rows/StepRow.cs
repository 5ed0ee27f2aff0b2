namespace Trainer.Benchmarks.Rows;

/// <summary>Training steps of the engine's own loop against the peers' steps, turn by turn in one run.</summary>
/// <param name="Work">What a step is.</param>
/// <param name="Reference">The target against the reference; null for none.</param>
/// <param name="Tuned">The target against the tuned peer; null for none.</param>
internal sealed record StepRow(StepWork Work, double? Reference, double? Tuned) : IRow
{
    private const double MemoryTarget = 0.8;

    public string Name => Work.Name;

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        using var reference = Reference is null ? null : Peer.OfSteps(Name, "reference");
        using var tuned = Tuned is null ? null : Peer.OfSteps(Name, "tuned");
        Peer[] peers = [.. new[] { reference, tuned }.OfType<Peer>()];
        var turns = new Turns(effort, steps => [.. peers.Select(peer => peer.Run(steps))]);
        BenchmarkRun.Train(Work.Recipe("float32"), turns);
        var note = $"{turns.OwnStep:F1} ms a step";
        var peer = 0;
        if (Reference is { } first)
            yield return new($"{Name}-reference", turns.Ratios(peer++), first, Note: note);
        if (Tuned is { } second)
            yield return new($"{Name}-tuned", turns.Ratios(peer), second, Note: note);
        if (tuned is not null && Name == "pgd-conv-small")
        {
            var (own, theirs) = (turns.OwnMemory, tuned.Memory);
            yield return new("memory-conv-small", [own / theirs], MemoryTarget, AtMost: true, Note: $"{own:F0} MB against {theirs:F0} MB");
        }
    }
}
