using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// MTL-IBP (De Palma et al. 2023, arXiv:2305.13991): 1 − α times the cross-entropy of adversarial images and α times
/// that of the worst-case logits of interval arithmetic. Small α leave verification to stronger methods than intervals.
/// Departures from the public code: bounds and adversarial images go through batch norm with the clean images'
/// statistics, where it has those of the adversarial ones; the attack has the radius of the bounds, where it has a
/// factor of its own; no L1 penalty on the weights.
/// </summary>
[Component("mtl-ibp")]
public sealed record MtlIbp : ICertifiedObjective
{
    /// <summary>The inner maximisation.</summary>
    public required IAttack Attack { get; init; }

    /// <summary>α: what the bounds weigh.</summary>
    [Between(0, 1)] public required double Alpha { get; init => field = Require.Between(0, 1, value); }

    /// <summary>The radius, and the regularisers.</summary>
    public BoundTraining Bounds { get; init; } = new();

    /// <inheritdoc/>
    public string? Caution(long epochs, double epsilonWarmupEpochs) => Bounds.Caution("mtl-ibp", epsilonWarmupEpochs);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var pass = CertifiedPass.Of(batch, Bounds);
        var logits = pass.Bounds.Logits(adversarial);
        var loss = ((1 - Alpha) * batch.Targets.CrossEntropy(logits).mean())
            + (Alpha * pass.WorstCase(pass.Bounds.Lower));
        return new(pass.Regularized(loss), new(pass.Bounds.Clean, batch.Labels), new(logits, batch.Labels));
    }
}
