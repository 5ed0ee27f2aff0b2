namespace Trainer.Benchmarks.Rows;

/// <summary>A PGD-10 step against its floor: 23 forwards at the rate measured between the steps.</summary>
internal sealed class FloorRow : IRow
{
    private const int Forwards = 23;

    public string Name => "floor-conv-small";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        var floor = new ForwardClock();
        var turns = new Turns(effort, steps => [floor.Milliseconds(steps * Forwards)]);
        BenchmarkRun.Train("""
            {
              "name": "floor", "device": "cpu", "data": { "type": "fashion-mnist" }, "model": { "type": "conv-small" },
              "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 10, "stepSize": 0.025 } },
              "threat": { "norm": "linf", "epsilon": 0.1 }, "optimizer": { "type": "sgd", "learningRate": 0.01 },
              "schedule": { "type": "constant" }, "train": { "epochs": 1000, "attackPrecision": "float32" },
              "evaluate": { "final": [], "checks": null }, "logging": { "tensorBoard": false }, "checkpoint": { "everyMinutes": null }
            }
            """, floor, turns);
        return [new(Name, [.. turns.Ratios(0).Select(ratio => 1 / ratio)], 1.10, AtMost: true,
            Note: $"{turns.OwnStep:F1} ms a step")];
    }
}
