using Trainer.Robustness.Components;

namespace Trainer.Robustness.Attacks;

/// <summary><see cref="Apgd"/> on the difference of logits ratio (arXiv:2003.01690); on the cross-entropy with fewer than 3 classes.</summary>
/// <param name="Steps">Iterations of each run.</param>
/// <param name="Restarts">Independent runs; later ones attack only the examples that are still classified correctly.</param>
/// <param name="EotIterations">Gradients averaged in each iteration, for networks with noise of their own.</param>
[Component("apgd-dlr")]
public sealed record ApgdDlr(int Steps = 100, int Restarts = 1, int EotIterations = 1) : IAttack
{
    /// <summary>Iterations of each run.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>Independent runs.</summary>
    [AtLeast(1)]
    public int Restarts { get; init; } = Require.AtLeast(1, Restarts);

    /// <summary>Gradients averaged in each iteration.</summary>
    [AtLeast(1)]
    [FormerName("draws")]
    public int EotIterations { get; init; } = Require.AtLeast(1, EotIterations);

    /// <inheritdoc/>
    public string Name => "apgd-dlr";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <inheritdoc/>
    public string? Caution(int classes) => classes >= DlrLoss.LeastClasses ? null
        : $"The difference of logits ratio needs {DlrLoss.LeastClasses} classes; with {classes}, {Name} maximises the cross-entropy.";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => new Apgd(Steps, Restarts, EotIterations: EotIterations).Run(
        batch with { Loss = batch.Loss.Replaced(AttackLossKind.Dlr.For(batch.Loss.Labels, batch.Classifier.Classes)) }, Name);
}
