namespace Trainer.Engine.Optimization;

/// <summary>Linear warm-up from nothing to the full learning rate.</summary>
internal static class Warmup
{
    /// <summary>The factor during warm-up, or null once it is over.</summary>
    /// <param name="epochs">The length of the warm-up.</param>
    /// <param name="position">Which step of how many.</param>
    public static double? Factor(double epochs, SchedulePosition position)
    {
        var steps = epochs * position.StepsPerEpoch;
        return position.Step < steps ? Math.Min(1, (position.Step + 1) / steps) : null;
    }
}
