using Trainer.Robustness.Components;

namespace Trainer.Engine.Checkpoints;

/// <summary>Which checkpoints are kept.</summary>
/// <param name="KeepLast">The newest so many; at least 1.</param>
/// <param name="KeepBest">The so many with the highest scores; 0 keeps none for its score.</param>
public sealed record Retention(int KeepLast = 2, int KeepBest = 1)
{
    /// <summary>The newest so many.</summary>
    [AtLeast(1)] public int KeepLast { get; init; } = Require.AtLeast(1, KeepLast);

    /// <summary>The so many with the highest scores.</summary>
    [AtLeast(0)] public int KeepBest { get; init; } = Require.AtLeast(0, KeepBest);

    /// <summary>What may go.</summary>
    /// <param name="present">Each checkpoint that is present and sound, with its score.</param>
    /// <param name="best">The best save on record, which counts as the first of the best.</param>
    internal IReadOnlyList<CheckpointName> Expendable(
        IReadOnlyList<(CheckpointName Name, double? Score)> present, BestSave? best)
    {
        var last = present.Select(item => item.Name).OrderByDescending(name => name.Save).Take(KeepLast);
        var highest = present
            .Where(item => item.Score is not null)
            .OrderByDescending(item => item.Name.Save == best?.Save)
            .ThenByDescending(item => item.Score)
            .ThenBy(item => item.Name.Save)
            .Take(KeepBest)
            .Select(item => item.Name);
        return [.. present.Select(item => item.Name).Except(last).Except(highest)];
    }
}
