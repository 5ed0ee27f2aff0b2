namespace Trainer.Robustness.Components;

/// <summary>A number above 0 and below 1.</summary>
public sealed class FractionAttribute : RangeRuleAttribute
{
    /// <inheritdoc/>
    public override double Minimum => 0;

    /// <inheritdoc/>
    public override bool MinimumIsExcluded => true;

    /// <inheritdoc/>
    public override double Maximum => 1;

    /// <inheritdoc/>
    public override bool MaximumIsExcluded => true;

    /// <inheritdoc/>
    public override string Allowed => "a number above 0 and below 1";
}
