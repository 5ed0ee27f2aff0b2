using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// APGD as it is used in training (<c>apgd_train</c> in the public code of E-AT, Croce and Hein 2022, arXiv:2105.12508,
/// and of RAMP): few steps from the image itself, and of each example the iterate of the highest loss. For L1 all steps
/// are in the ball of ε, and the first moves the twentieth of the values whose gradient is largest. Departure from the
/// public code: the first check of the step size compares the first iterate with the start, as in <see cref="Apgd"/>.
/// </summary>
[Component("apgd-train")]
public sealed record ApgdTrain : IAttack
{
    // Of the values, how many the first step moves for L1.
    private const double FirstShare = 0.05;

    /// <summary>Iterations, one gradient each, after the start's own.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 10;

    /// <summary>
    /// What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.
    /// </summary>
    public AttackLossKind? Loss { get; init; }

    /// <inheritdoc/>
    public string Name => $"apgd-train-{Steps}{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        batch = batch.With(Loss);
        if (batch.StopAtSuccess)
            return RemainingExamples.Attack(batch, Name, runs: 1, (remaining, examples) => Run(examples, remaining));
        using var noGrad = no_grad();
        return new(Run(batch, null));
    }

    private Tensor Run(AttackBatch batch, RemainingExamples? remaining) => ApgdRun.Run(
        batch, batch.Images,
        batch.Threat.Norm == Norm.L1 ? new ApgdSparseSteps(Steps, FirstShare) : new ApgdMomentumSteps(Steps),
        Steps, remaining);
}
