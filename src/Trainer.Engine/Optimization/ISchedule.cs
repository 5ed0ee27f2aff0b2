using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// An immutable description of how the learning rate changes: a function of the step alone, with no state to save.
/// </summary>
[ComponentKind("schedules")]
public interface ISchedule
{
    /// <summary>
    /// Whether another number of epochs changes the steps before: such a run cannot be lengthened after the fact.
    /// </summary>
    bool DependsOnTotal { get; }

    /// <summary>A warning about a run of so many epochs; null for none.</summary>
    string? Caution(long epochs) => null;

    /// <summary>What the optimiser's learning rate is multiplied by at a step.</summary>
    /// <param name="position">Which step of how many.</param>
    double Factor(SchedulePosition position);
}
