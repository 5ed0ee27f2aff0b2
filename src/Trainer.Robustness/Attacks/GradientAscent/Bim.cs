using Trainer.Robustness.Components;

namespace Trainer.Robustness.Attacks;

/// <summary>The basic iterative method (Kurakin et al. 2017, arXiv:1607.02533): <see cref="Pgd"/> from the image itself.</summary>
/// <param name="Steps">Gradient evaluations.</param>
/// <param name="StepSize">Length of one step in the threat model's norm, in image units; by default ε / steps.</param>
/// <param name="Loss">What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.</param>
[Component("bim")]
public sealed record Bim(int Steps = 10, double? StepSize = null, [property: FormerName("goal")] AttackLossKind? Loss = null) : IAttack
{
    /// <summary>Gradient evaluations.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>Length of one step, in image units; null for ε / steps.</summary>
    [AtLeast(0)]
    public double? StepSize { get; init; } = StepSize is { } size ? Require.AtLeast(0, size, nameof(StepSize)) : null;

    /// <inheritdoc/>
    public string Name => $"bim-{Steps}{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) =>
        new Pgd(Steps, StepSize ?? batch.Threat.FullEpsilon() / Steps, RandomStart: false).Run(batch, Name);
}
