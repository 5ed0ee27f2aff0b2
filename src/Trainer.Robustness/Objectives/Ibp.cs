using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Interval bound propagation (Gowal et al. 2018, arXiv:1810.12715): κ times the cross-entropy of the clean logits and
/// 1 − κ times that of the worst-case ones, whose margins are lower bounds over the whole ball, with the last layer
/// folded into them. κ goes from its first to its last value as ε grows. The network states its structure; networks
/// with batch norm and the initial weights of <c>cnn7</c> train in few epochs (Shi et al. 2021, arXiv:2103.17268).
/// </summary>
[Component("ibp")]
public sealed record Ibp : ICertifiedObjective
{
    /// <summary>κ at the full ε: what clean images weigh.</summary>
    [Between(0, 1)] public double Kappa { get; init => field = Require.Between(0, 1, value); }

    /// <summary>κ at the beginning of ε's warm-up.</summary>
    [Between(0, 1)] public double InitialKappa { get; init => field = Require.Between(0, 1, value); } = 1;

    /// <summary>The radius, and the regularisers.</summary>
    public BoundTraining Bounds { get; init; } = new();

    /// <inheritdoc/>
    public string? Caution(long epochs, double epsilonWarmupEpochs) => Bounds.Caution("ibp", epsilonWarmupEpochs);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        var pass = CertifiedPass.Of(batch, Bounds);
        return pass.Mixed(Kappa, InitialKappa, pass.WorstCase(pass.Bounds.Lower));
    }
}
