namespace Trainer.Robustness.Components;

/// <summary>A number above zero.</summary>
public sealed class PositiveAttribute : RangeRuleAttribute
{
    /// <inheritdoc/>
    public override double Minimum => 0;

    /// <inheritdoc/>
    public override bool MinimumIsExcluded => true;

    /// <inheritdoc/>
    public override string Allowed => "a number above 0";
}
