namespace Trainer.Engine.Optimization;

/// <summary>Which step of how many.</summary>
/// <param name="Step">The number of steps taken before this one.</param>
/// <param name="TotalSteps">The number of steps of the whole run.</param>
/// <param name="StepsPerEpoch">The number of steps of one epoch.</param>
public readonly record struct SchedulePosition(long Step, long TotalSteps, long StepsPerEpoch);
