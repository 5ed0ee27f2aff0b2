namespace Trainer.Robustness.Components;

/// <summary>A number from <paramref name="minimum"/> to <paramref name="maximum"/>, both included.</summary>
public sealed class BetweenAttribute(double minimum, double maximum) : RangeRuleAttribute
{
    /// <inheritdoc/>
    public override double Minimum { get; } = minimum;

    /// <inheritdoc/>
    public override double Maximum { get; } = maximum;

    /// <inheritdoc/>
    public override string Allowed =>
        FormattableString.Invariant($"a number from {Minimum} to {Maximum}");
}
