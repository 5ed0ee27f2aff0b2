using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The basic iterative method (Kurakin et al. 2017, arXiv:1607.02533): <see cref="Pgd"/> from the image itself.
/// </summary>
[Component("bim")]
public sealed record Bim : IAttack
{
    /// <summary>Gradient evaluations.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 10;

    /// <summary>Length of one step in the threat model's norm, in image units; by default ε / steps.</summary>
    [AtLeast(0)] public double? StepSize { get; init => field = Require.AtLeast(0, value); }

    /// <summary>
    /// What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.
    /// </summary>
    [FormerName("goal")] public AttackLossKind? Loss { get; init; }

    /// <inheritdoc/>
    public string Name => $"bim-{Steps}{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) =>
        new Pgd
        {
            Steps = Steps,
            StepSize = StepSize ?? batch.Threat.FullEpsilon() / Steps,
            RandomStart = false,
        }.Run(batch.With(Loss), Name);
}
