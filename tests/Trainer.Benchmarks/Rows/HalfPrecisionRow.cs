using Trainer.Engine.Devices;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// Training steps whose attack computes in bfloat16 against the tuned peer's in float32, turn by turn; then what the
/// images of such an attack leave of the network that these steps trained, against those of the attack in float32.
/// </summary>
/// <param name="Work">What a step is.</param>
internal sealed record HalfPrecisionRow(StepWork Work) : IRow
{
    private const double Target = 2;
    private const double MostPoints = 0.3;

    public string Name => $"{Work.Name}-bfloat16";

    public bool TakesMinutes => true;

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        if (!Processor.HasBFloat16)
            return [];
        using var peer = Peer.OfPython("steps.py", Work.Name);
        PrecisionCheck? check = null;
        var turns = new Turns(effort, steps => [peer.Run(steps)], run => check = PrecisionCheck.Of(run));
        BenchmarkRun.Train(Work.Recipe("bfloat16"), turns);
        return
        [
            new(Name, turns.Ratios(0), Target, Note: $"{turns.OwnStep:F1} ms a step", Peer: peer.Name),
            new($"{Name}-points", [check!.Points], MostPoints, AtMost: true, Note: $"{check.Half} of {check.Images} "
            + $"images are robust under the attack in bfloat16, {check.Single} in float32"),
        ];
    }
}
