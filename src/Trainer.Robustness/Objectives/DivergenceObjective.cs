using Trainer.Robustness.Attacks;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// What TRADES and its successors share: an attack that maximises KL(p(x) ‖ p(x_adv)), and a loss of each attacked row
/// against its own clean image.
/// </summary>
public abstract record DivergenceObjective : IObjective
{
    /// <summary>
    /// The inner maximisation, of KL(p(x) ‖ p(x_adv)); the papers' is PGD with <c>gaussianStart</c> 0.001. It must not
    /// start at the image, where the divergence has no gradient.
    /// </summary>
    public required IAttack Attack { get; init => field = DivergenceAttack.Require(value); }

    /// <summary>Rows that are trained on clean; by default none.</summary>
    public Mix Mix { get; init; } = new();

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public long CleanRows(long rows) => Mix.CleanRows(rows);

    /// <inheritdoc/>
    public double LossWeight(long clean, long attacked) => Mix.LossWeight(clean, attacked);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => DivergenceAttack.Run(batch, Attack);

    /// <inheritdoc/>
    public abstract ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial);
}
