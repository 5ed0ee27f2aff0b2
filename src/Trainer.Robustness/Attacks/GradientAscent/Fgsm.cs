using Trainer.Robustness.Components;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// One step of length ε from the image itself (Goodfellow et al. 2015, arXiv:1412.6572), in the threat model's norm:
/// the fast gradient sign method for L∞, the fast gradient method for L2.
/// </summary>
/// <param name="Goal">What to maximise; by default what the user of the attack asks for.</param>
[Component("fgsm")]
public sealed record Fgsm(AttackLossKind? Goal = null) : IAttack
{
    /// <inheritdoc/>
    public string Name => $"fgsm{Goal.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => new Pgd(Steps: 1, batch.Threat.FullEpsilon(), RandomStart: false).Run(batch, Name);
}
