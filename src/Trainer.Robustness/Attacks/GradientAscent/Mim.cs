using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The momentum iterative method (Dong et al. 2018, arXiv:1710.06081): steps along a decaying sum of gradients, each
/// divided by the sum of its absolute values. Its images are known to fool other networks, too.
/// </summary>
[Component("mim")]
public sealed record Mim : IAttack
{
    /// <summary>Gradient evaluations.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 10;

    /// <summary>Length of one step in the threat model's norm, in image units; by default ε / steps.</summary>
    [AtLeast(0)] public double? StepSize { get; init => field = Require.AtLeast(0, value); }

    /// <summary>Of the sum, μ.</summary>
    [AtLeast(0)] public double Decay { get; init => field = Require.AtLeast(0, value); } = 1;

    /// <summary>
    /// What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.
    /// </summary>
    [FormerName("goal")] public AttackLossKind? Loss { get; init; }

    /// <inheritdoc/>
    public string Name => $"mim-{Steps}{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => GradientAscent.Run(batch.With(Loss), Name, Steps, examples =>
        (examples.Images.clone(), new MomentumStep(
        examples.Images, Decay, StepSize is { } size ? batch.Threat.Step(size) : batch.Threat.Epsilon / Steps)));
}
