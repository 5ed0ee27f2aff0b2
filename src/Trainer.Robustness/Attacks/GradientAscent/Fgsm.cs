using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// One step of length ε from the image itself (Goodfellow et al. 2015, arXiv:1412.6572), in the threat model's norm:
/// the fast gradient sign method for L∞, the fast gradient method for L2.
/// </summary>
[Component("fgsm")]
public sealed record Fgsm : IAttack
{
    /// <summary>
    /// What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.
    /// </summary>
    [FormerName("goal")] public AttackLossKind? Loss { get; init; }

    /// <inheritdoc/>
    public string Name => $"fgsm{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => new Pgd
    {
        Steps = 1,
        StepSize = batch.Threat.FullEpsilon(),
        RandomStart = false,
    }.Run(batch.With(Loss), Name);
}
