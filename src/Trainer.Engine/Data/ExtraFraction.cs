using Trainer.Robustness.Components;

namespace Trainer.Engine.Data;

/// <summary>The part of each batch that extra images fill from an epoch on.</summary>
public sealed record ExtraFraction
{
    /// <summary>The first epoch of this part, counted from 1.</summary>
    [AtLeast(1)] public required int FromEpoch { get; init => field = Require.AtLeast(1, value); }

    /// <summary>The part of each batch, rounded down to whole rows.</summary>
    [Between(0, 1)] public required double Fraction { get; init => field = Require.Between(0, 1, value); }
}
