using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

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

    public AttackLossKind? Goal => null;

    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        using var scope = NewDisposeScope();
        Seen.Add((images.sum().item<float>(), random.Uniform(images).sum().item<float>()));
        return images.clone().MoveToOuterDisposeScope();
    }
}
