using Trainer.Robustness.Components;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The momentum iterative method (Dong et al. 2018, arXiv:1710.06081): steps along a decaying sum of gradients, each
/// divided by the sum of its absolute values. Its images are known to fool other networks, too.
/// </summary>
/// <param name="Steps">Gradient evaluations.</param>
/// <param name="StepSize">Length of one step in the threat model's norm, in image units; by default ε / steps.</param>
/// <param name="Decay">Of the sum, μ.</param>
/// <param name="Loss">What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.</param>
[Component("mim")]
public sealed record Mim(int Steps = 10, double? StepSize = null, double Decay = 1, [property: FormerName("goal")] AttackLossKind? Loss = null) : IAttack
{
    /// <summary>Gradient evaluations.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>Length of one step, in image units; null for ε / steps.</summary>
    [AtLeast(0)]
    public double? StepSize { get; init; } = StepSize is { } size ? Require.AtLeast(0, size, nameof(StepSize)) : null;

    /// <summary>Of the sum.</summary>
    [AtLeast(0)]
    public double Decay { get; init; } = Require.AtLeast(0, Decay);

    /// <inheritdoc/>
    public string Name => $"mim-{Steps}{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => GradientAscent.Run(batch, Name, Steps, examples =>
        (examples.Images.clone(), new MomentumStep(examples.Images, Decay, StepSize is { } size ? batch.Threat.Step(size) : batch.Threat.Epsilon / Steps)));
}
