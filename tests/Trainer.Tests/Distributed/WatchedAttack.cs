using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Distributed;

/// <summary>An attack that remembers the bits of its images.</summary>
[Component("watched")]
public sealed record WatchedAttack : IAttack
{
    [ThreadStatic]
    private static Dictionary<string, string>? seen;

    public required IAttack Attack { get; init; }

    public string Name => Attack.Name;

    public AttackLossKind? Loss => Attack.Loss;

    /// <summary>The adversarial image of each image that this thread has attacked.</summary>
    public static Dictionary<string, string> Seen => seen ??= [];

    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    public AttackResult Run(AttackBatch batch)
    {
        var result = Attack.Run(batch);
        for (var row = 0L; row < batch.Images.shape[0]; row++)
            Seen.Add(Bits(batch.Images, row), Bits(result.Images, row));
        return result;
    }

    private static string Bits(Tensor images, long row)
    {
        using var scope = NewDisposeScope();
        return Convert.ToHexString(images[row].contiguous().bytes);
    }
}
