using Trainer.Robustness.Components;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// <see cref="Apgd"/> on the cross-entropy of the true class, the first part of AutoAttack (arXiv:2003.01690), which gives it
/// 5 restarts for L1.
/// </summary>
/// <param name="Steps">Iterations of each run.</param>
/// <param name="Restarts">Independent runs; later ones attack only the examples that are still classified correctly.</param>
/// <param name="Draws">Gradients averaged in each iteration, for networks with noise of their own.</param>
[Component("apgd-ce")]
public sealed record ApgdCe(int Steps = 100, int Restarts = 1, int Draws = 1) : IAttack
{
    /// <summary>Iterations of each run.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>Independent runs.</summary>
    [AtLeast(1)]
    public int Restarts { get; init; } = Require.AtLeast(1, Restarts);

    /// <summary>Gradients averaged in each iteration.</summary>
    [AtLeast(1)]
    public int Draws { get; init; } = Require.AtLeast(1, Draws);

    /// <inheritdoc/>
    public string Name => "apgd-ce";

    /// <inheritdoc/>
    public AttackLossKind? Goal => AttackLossKind.CrossEntropy;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) =>
        new Apgd(Steps, Restarts, Draws: Draws).Run(batch with { Loss = batch.Loss.Replaced(new CrossEntropyLoss(batch.Loss.Labels)) }, Name);
}
