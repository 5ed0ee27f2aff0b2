using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// What objectives that train on bounds share. Over the warm-up of ε (<c>train.epsilonWarmupEpochs</c>) they go from
/// training on clean images to training on bounds; batch norm uses the statistics of the clean images. Smoothed labels
/// (<c>train.labelSmoothing</c>) are those of clean and adversarial images alone: the loss of bounds takes the classes.
/// </summary>
public sealed record BoundTraining
{
    /// <summary>
    /// Training ε, of bounds and attacks, divided by the threat model's ε; slightly above 1 can raise verified
    /// accuracy. A step size that an attack states is not multiplied by it.
    /// </summary>
    [Positive] public double EpsilonFactor { get; init => field = Require.Positive(value); } = 1;

    /// <summary>
    /// λ of the regularisers of Shi et al. 2021 (arXiv:2103.17268), which keep bounds tight and ReLUs balanced: they
    /// weigh λ · (1 − ε / ε_max), so that they count during the warm-up alone.
    /// </summary>
    [AtLeast(0)] public double Regularization { get; init => field = Require.AtLeast(0, value); } = 0.5;

    /// <summary>The warning about a run without a warm-up, where the regularisers never count; null for none.</summary>
    internal string? Caution(string objective, double epsilonWarmupEpochs) =>
        epsilonWarmupEpochs > 0 || Regularization == 0 ? null
        : $"{objective}: without train.epsilonWarmupEpochs the regularisers never count. Set it, to a third of the "
        + "epochs for example, or bounds.regularization to 0.";

    /// <summary>How far the warm-up is: ε over its final value.</summary>
    internal static double Progress(ThreatModel threat) =>
        threat.FullEpsilon() is > 0 and var full ? Math.Min(1, threat.Epsilon / full) : 1;

    /// <summary>The threat model that bounds and attacks are trained with.</summary>
    internal ThreatModel Trained(ThreatModel threat) => threat.Times(EpsilonFactor);
}
