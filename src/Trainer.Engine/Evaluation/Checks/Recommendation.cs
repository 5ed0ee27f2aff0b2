using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>The attacks that flagged checks recommend.</summary>
/// <param name="Name">As <c>trainer evaluate --attack</c> takes it.</param>
/// <param name="Attack">The attack.</param>
internal sealed record Recommendation(string Name, IAttack Attack)
{
    /// <summary>No gradient at all.</summary>
    public static Recommendation Square { get; } = new("square", new Square());

    /// <summary>A loss that scaled logits do not change.</summary>
    public static Recommendation ApgdTargeted { get; } = new("apgd-t", new ApgdTargeted());

    /// <summary>A loss that does not vanish where the network is sure.</summary>
    public static Recommendation PgdOnMargin { get; } =
        new("""{"type":"pgd","loss":"margin","steps":100,"restarts":5}""", new Pgd
        {
            Steps = 100,
            Restarts = 5,
            Loss = AttackLossKind.Margin,
        });

    /// <summary>Everything.</summary>
    public static Recommendation AutoAttack { get; } = new("autoattack", new AutoAttack());

    /// <summary>Gradients averaged over the network's own noise.</summary>
    public static Recommendation AutoAttackRand { get; } = new("autoattack-rand", new AutoAttackRand());
}
