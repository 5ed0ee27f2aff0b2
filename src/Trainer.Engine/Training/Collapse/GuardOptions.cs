using Trainer.Robustness.Components;

namespace Trainer.Engine.Training.Collapse;

/// <summary>
/// What is done when training collapses: the loss or a weight is no finite number; the classifier is no better than
/// guessing after five measurements and a tenth of the run, at the end, or again after it had been; or robust accuracy
/// falls to less than half of its best while the accuracy on training's adversarial images rises, or is less than a tenth
/// of that and 40 points below it, on held-out images that are otherwise classified well (catastrophic overfitting). An
/// accuracy counts as too low only where the images are enough to tell: where an exact binomial test at level 0.1 % rejects
/// an accuracy of 10 points above guessing (half of the way to 100 % where that is less), three quarters of the best, or a
/// quarter of training's. The best epoch is saved before the run stops.
/// </summary>
/// <param name="OnCollapse">What the run does.</param>
/// <param name="MaxRollbacks">How often it may go back; the next collapse stops it.</param>
/// <param name="LearningRateFactor">The learning rate is multiplied by it with each roll-back.</param>
public sealed record GuardOptions(CollapseAction OnCollapse = CollapseAction.Stop, int MaxRollbacks = 1, double LearningRateFactor = 0.5)
{
    /// <summary>How often the run may go back.</summary>
    [AtLeast(0)]
    public int MaxRollbacks { get; init; } = Require.AtLeast(0, MaxRollbacks);

    /// <summary>What the learning rate is multiplied by.</summary>
    [Between(0, 1)]
    public double LearningRateFactor { get; init; } = Require.Between(0, 1, LearningRateFactor);
}
