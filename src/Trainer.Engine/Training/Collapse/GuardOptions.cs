using Trainer.Recipes.Binding;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Training.Collapse;

/// <summary>
/// What is done when training collapses: the loss or a weight is no finite number; the classifier is no better than
/// guessing after five measurements and a tenth of the run, at the end, or again after it had been; or robust accuracy
/// falls to less than half of its best while the accuracy on training's adversarial images rises, or is less than a
/// tenth of that and 40 points below it, on held-out images that are otherwise classified well (catastrophic
/// overfitting). An accuracy counts as too low only where the images are enough to tell: where an exact binomial test
/// at level 0.1 % rejects an accuracy of 10 points above guessing (half of the way to 100 % where that is less), three
/// quarters of the best, or a quarter of training's. The best epoch is saved before the run stops.
/// </summary>
public sealed record GuardOptions
{
    /// <summary>What the run does.</summary>
    [MayChangeAtResume] public CollapseAction OnCollapse { get; init; } = CollapseAction.Stop;

    /// <summary>How often it may go back; the next collapse stops it.</summary>
    [AtLeast(0), MayChangeAtResume] public int MaxRollbacks { get; init => field = Require.AtLeast(0, value); } = 1;

    /// <summary>The learning rate is multiplied by it with each roll-back.</summary>
    [Between(0, 1)] public double LearningRateFactor { get; init => field = Require.Between(0, 1, value); } = 0.5;
}
