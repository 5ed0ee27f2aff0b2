namespace Trainer.Robustness.Components;

/// <summary>A number of at least <paramref name="minimum"/>.</summary>
public sealed class AtLeastAttribute(double minimum) : RangeRuleAttribute
{
    /// <inheritdoc/>
    public override double Minimum { get; } = minimum;

    /// <inheritdoc/>
    public override string Allowed => FormattableString.Invariant($"a number of at least {Minimum}");
}
