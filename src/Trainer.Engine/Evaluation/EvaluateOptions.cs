using Trainer.Engine.Weights;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Evaluation;

/// <summary>How clean and robust accuracy are measured.</summary>
/// <param name="EveryEpochs">Epochs between measurements on the held-out images; the last epoch always has one.</param>
/// <param name="Examples">Held-out images that each measurement uses: a subset fixed by the seed, the same every time.</param>
/// <param name="Attacks">An image counts as robust if it survives each of them; by default PGD-20 on the margin.</param>
/// <param name="Final">Measurements on the test images at the end, for the best and the last checkpoint; by default PGD-40
/// on the margin, first 1,000 images.</param>
/// <param name="BatchSize">Images that are attacked at once.</param>
/// <param name="Checks">How many of the first test images the final masking checks look at; 0 or null for none.</param>
/// <param name="Milestones">Epochs, counted from 1, after which all held-out images are measured besides the subset, whatever everyEpochs is; null for none.</param>
/// <param name="Weights">Which weights are measured, and so selected; null for the averaged ones where the recipe has an average.</param>
public sealed record EvaluateOptions(
    int EveryEpochs = 1, int Examples = 1000, IReadOnlyList<IAttack>? Attacks = null, IReadOnlyList<FinalEvaluation>? Final = null, int BatchSize = 250,
    int? Checks = 50, IReadOnlyList<int>? Milestones = null, WeightsChoice? Weights = null)
{
    /// <summary>Epochs between measurements.</summary>
    [AtLeast(1)]
    public int EveryEpochs { get; init; } = Require.AtLeast(1, EveryEpochs);

    /// <summary>Held-out images that each measurement uses.</summary>
    [AtLeast(1)]
    public int Examples { get; init; } = Require.AtLeast(1, Examples);

    /// <summary>The attacks of each measurement.</summary>
    public IReadOnlyList<IAttack> Attacks { get; init; } = Attacks ?? [new Pgd(20, Loss: AttackLossKind.Margin)];

    /// <summary>The measurements at the end.</summary>
    public IReadOnlyList<FinalEvaluation> Final { get; init; } = Final ?? [new(new Pgd(40, Loss: AttackLossKind.Margin))];

    /// <summary>How many of the first test images the masking checks look at; 0 or null for none.</summary>
    [AtLeast(0)]
    public int? Checks { get; init; } = Checks is { } checks ? Require.AtLeast(0, checks, nameof(Checks)) : null;

    /// <summary>Epochs after which all held-out images are measured.</summary>
    [AtLeast(1)]
    public IReadOnlyList<int> Milestones { get; init; } = [.. (Milestones ?? []).Select(epoch => Require.AtLeast(1, epoch, nameof(Milestones)))];

    /// <summary>Images that are attacked at once.</summary>
    [AtLeast(1)]
    public int BatchSize { get; init; } = Require.AtLeast(1, BatchSize);
}
