using Trainer.Robustness.Components;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// One step of length ε from the image itself (Goodfellow et al. 2015, arXiv:1412.6572), in the threat model's norm:
/// the fast gradient sign method for L∞, the fast gradient method for L2.
/// </summary>
/// <param name="Loss">What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.</param>
[Component("fgsm")]
public sealed record Fgsm([property: FormerName("goal")] AttackLossKind? Loss = null) : IAttack
{
    /// <inheritdoc/>
    public string Name => $"fgsm{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => new Pgd(Steps: 1, batch.Threat.FullEpsilon(), RandomStart: false).Run(batch, Name);
}
