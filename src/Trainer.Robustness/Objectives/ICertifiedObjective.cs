using Trainer.Robustness.Attacks;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>What objectives that train on bounds have in common.</summary>
internal interface ICertifiedObjective : IObjective
{
    /// <summary>The radius, and the regularisers.</summary>
    BoundTraining Bounds { get; }

    /// <summary>The inner maximisation, at the radius of the bounds; null for none.</summary>
    IAttack? Attack => null;

    /// <inheritdoc/>
    bool IObjective.AcceptsMixedLabels => false;

    /// <inheritdoc/>
    bool IObjective.TrainsOnBounds => true;

    /// <inheritdoc/>
    void IObjective.Prepare(Classifier network) => MarginBounds.Check(network);

    /// <inheritdoc/>
    double IObjective.Bound(ThreatModel threat) => Attack?.Bound(Bounds.Trained(threat)) ?? 0;

    /// <inheritdoc/>
    Tensor? IObjective.PerturbUnchecked(TrainingBatch batch) => Attack is null ? null
        : (batch with { Threat = Bounds.Trained(batch.Threat) }).Attack(Attack);
}
