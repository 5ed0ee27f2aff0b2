using Trainer.Robustness.Attacks;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// SABR (Müller et al. 2023, arXiv:2210.04871): the cross-entropy of the worst-case logits of interval arithmetic over
/// a small ball, of radius λ · ε, that contains an adversarial image: its middle is that image, brought back to within
/// (1 − λ) · ε of the clean one, so that it stays inside the whole ball. Batch norm uses the clean images' statistics.
/// </summary>
[Component("sabr")]
public sealed record Sabr : IObjective
{
    /// <summary>The inner maximisation.</summary>
    public required IAttack Attack { get; init; }

    /// <summary>λ: the small ball's radius over ε; 1 is IBP.</summary>
    [Between(0, 1)] public required double Lambda { get; init => field = Require.Between(0, 1, value); }

    /// <summary>The radius, and the regularisers.</summary>
    public BoundTraining Bounds { get; init; } = new();

    /// <inheritdoc/>
    public bool AcceptsMixedLabels => false;

    /// <inheritdoc/>
    public void Prepare(Classifier network) => MarginBounds.Check(network);

    /// <inheritdoc/>
    public bool TrainsOnBounds => true;

    /// <inheritdoc/>
    public string? Caution(long epochs, double epsilonWarmupEpochs) => Bounds.Caution("sabr", epsilonWarmupEpochs);

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(Bounds.Trained(threat));

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) =>
        (batch with { Threat = Bounds.Trained(batch.Threat) }).Attack(Attack);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var trained = Bounds.Trained(batch.Threat);
        var centers = adversarial.clone();
        using (var ball = Ball.Create(trained.Scaled(1 - Lambda), batch.Images))
            ball.Project(centers);
        var pass = CertifiedPass.Of(batch, Bounds, centers, trained.Scaled(Lambda));
        return new(pass.Regularized(pass.WorstCase(pass.Bounds.Lower)), new(pass.Bounds.Clean, batch.Labels));
    }
}
