using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Tests.Training;

/// <summary>Remembers which images it was given, and with what noise.</summary>
[Component("recording")]
public sealed record Recording : IAttack
{
    [ThreadStatic]
    private static List<(double Images, double Noise)>? seen;

    /// <summary>What this thread's attacks have seen, batch by batch.</summary>
    public static List<(double Images, double Noise)> Seen => seen ??= [];

    public string Name => "recording";

    public AttackLossKind? Loss => null;

    public AttackResult Run(AttackBatch batch)
    {
        using var scope = NewDisposeScope();
        Seen.Add((batch.Images.sum().item<float>(), batch.Random.Uniform(batch.Images).sum().item<float>()));
        return new(batch.Images.clone().MoveToOuterDisposeScope());
    }
}
