using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// <see cref="Apgd"/> on the cross-entropy of the true class, the first part of AutoAttack (arXiv:2003.01690), which
/// gives it 5 restarts for L1.
/// </summary>
[Component("apgd-ce")]
public sealed record ApgdCe : IAttack
{
    /// <summary>Iterations of each run.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>Independent runs; later ones attack only the examples that are still classified correctly.</summary>
    [AtLeast(1)] public int Restarts { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <summary>Gradients averaged in each iteration, for networks with noise of their own.</summary>
    [AtLeast(1), FormerName("draws")] public int EotIterations { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public string Name => "apgd-ce";

    /// <inheritdoc/>
    public AttackLossKind? Loss => AttackLossKind.CrossEntropy;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) =>
        new Apgd
        {
            Steps = Steps,
            Restarts = Restarts,
            EotIterations = EotIterations,
        }.Run(batch with { Loss = batch.Loss.Replaced(new CrossEntropyLoss(batch.Loss.Labels)) }, Name);
}
