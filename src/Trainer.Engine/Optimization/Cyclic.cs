using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// From zero straight up to the full learning rate and straight down to zero again, step by step (Wong et al. 2020,
/// arXiv:2001.03994; in their MNIST code the peak is at 2/5). The first step, at zero, moves nothing but an optimiser's
/// averages.
/// </summary>
[Component("cyclic")]
public sealed record Cyclic : ISchedule
{
    /// <summary>The share of all steps before the full learning rate.</summary>
    [Between(0, 1)] public double Peak { get; init => field = Require.Between(0, 1, value); } = 0.4;

    /// <inheritdoc/>
    public bool DependsOnTotal => true;

    /// <inheritdoc/>
    public double Factor(SchedulePosition position)
    {
        var share = (double)position.Step / position.TotalSteps;
        return share < Peak ? share / Peak : Peak < 1 ? (1 - share) / (1 - Peak) : 1;
    }
}
