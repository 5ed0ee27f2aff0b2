using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// MART (Wang et al. 2020, "Improving Adversarial Robustness Requires Revisiting Misclassified Examples"), with the
/// constants of the public code. Per row, with p the probabilities of the adversarial image, q those of the clean one,
/// y the true class and s the strongest other class of p: cross-entropy(p) − log(1.0001 − p[s] + 1e-12) + λ · Σ q ·
/// (log q − log(p + 1e-12)) · (1.0000001 − q[y]). Nothing is detached. Smoothed labels enter the cross-entropy alone:
/// s, and the weight 1 − q[y], are about the true class.
/// </summary>
[Component("mart")]
public sealed record Mart : IObjective
{
    /// <summary>λ: what the divergence weighs.</summary>
    [AtLeast(0)] public required double Lambda { get; init => field = Require.AtLeast(0, value); }

    /// <summary>
    /// The inner maximisation, of the cross-entropy; the paper's is PGD with <c>gaussianStart</c> 0.001.
    /// </summary>
    public required IAttack Attack { get; init; }

    /// <summary>Rows that are trained on clean; by default none.</summary>
    public Mix Mix { get; init; } = new();

    /// <inheritdoc/>
    public bool AcceptsMixedLabels => false;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public long CleanRows(long rows) => Mix.CleanRows(rows);

    /// <inheritdoc/>
    public double LossWeight(long clean, long attacked) => Mix.LossWeight(clean, attacked);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => batch.Attack(Attack);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) =>
        Mix.AgainstClean(batch, adversarial, Attacked);

    private Tensor Attacked(AttackedRows rows)
    {
        var own = rows.Targets.Classes.unsqueeze(1);
        var adversarial = rows.Adversarial.softmax(1);
        var strongest = adversarial.scatter(1, own, full_like(own, -1, adversarial.dtype)).amax(1);
        var boosted = rows.Targets.CrossEntropy(rows.Adversarial) - (1.0001 - strongest + 1e-12).log();
        var natural = rows.Clean!.log_softmax(1);
        var weight = 1.0000001 - natural.gather(1, own).squeeze(1).exp();
        return boosted + (Lambda * Divergence.PerRow(natural, (adversarial + 1e-12).log()) * weight);
    }
}
