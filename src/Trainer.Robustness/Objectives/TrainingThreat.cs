using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>One of several threat models that are trained against, with its attack.</summary>
public sealed record TrainingThreat
{
    /// <summary>The norm that ε is measured in.</summary>
    public required Norm Norm { get; init; }

    /// <summary>The radius ε, in image units: pixels are in [0, 1].</summary>
    [AtLeast(0)] public required double Epsilon { get; init => field = Require.AtLeast(0, value); }

    /// <summary>The inner maximisation; by default that of E-AT and RAMP, ten steps of APGD from the image.</summary>
    public IAttack Attack { get; init; } = new ApgdTrain();

    /// <summary>The threat model without its attack.</summary>
    public ThreatModel Model => new() { Norm = Norm, Epsilon = Epsilon };
}
