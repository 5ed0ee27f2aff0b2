using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// <see cref="Apgd"/> on the difference of logits ratio (arXiv:2003.01690); with fewer than 3 classes on the margin,
/// which is the ratio's numerator.
/// </summary>
[Component("apgd-dlr", Version = 2)]
public sealed record ApgdDlr : IAttack
{
    /// <summary>Iterations of each run.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>Independent runs; later ones attack only the examples that are still classified correctly.</summary>
    [AtLeast(1)] public int Restarts { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <summary>Gradients averaged in each iteration, for networks with noise of their own.</summary>
    [AtLeast(1), FormerName("draws")] public int EotIterations { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public string Name => "apgd-dlr";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <inheritdoc/>
    public string? Caution(int classes) => DlrLoss.Caution(Name, classes);

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        var own = AttackLossKind.Dlr.For(batch.Loss.Labels, batch.Classifier.Classes);
        var attack = new Apgd { Steps = Steps, Restarts = Restarts, EotIterations = EotIterations };
        return attack.Run(batch with { Loss = batch.Loss.Replaced(own) }, Name);
    }
}
