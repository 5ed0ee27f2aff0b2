using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Certification;

/// <summary>How a smoothed network is attacked.</summary>
/// <param name="Attack">Goes through the mean prediction over a few draws, with the gradient of that mean.</param>
/// <param name="Threat">The admissible perturbations.</param>
public sealed record SmoothedAttack(IAttack Attack, ThreatModel Threat)
{
    /// <summary>The draws of the mean prediction that is attacked: the same noise in every step.</summary>
    [AtLeast(1)] public int Draws { get; init => field = Require.AtLeast(1, value); } = 16;

    /// <summary>The draws of each verdict on an adversarial image.</summary>
    [AtLeast(1)] public int PredictionDraws { get; init => field = Require.AtLeast(1, value); } = 10_000;

    /// <summary>Its name: "pgd-20 on 16 draws".</summary>
    public string Name => $"{Attack.Name} on {Draws} draws";
}
