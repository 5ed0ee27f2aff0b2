namespace Trainer.Robustness.Components;

/// <summary>A range for a number. The setters of options, the recipe binder and the schema share it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class RangeRuleAttribute : Attribute
{
    /// <summary>The smallest value, or negative infinity.</summary>
    public abstract double Minimum { get; }

    /// <summary>The largest value, or positive infinity.</summary>
    public virtual double Maximum => double.PositiveInfinity;

    /// <summary>Whether <see cref="Minimum"/> itself is refused.</summary>
    public virtual bool MinimumIsExcluded => false;

    /// <summary>Whether <see cref="Maximum"/> itself is refused.</summary>
    public virtual bool MaximumIsExcluded => false;

    /// <summary>The range in words: "a number above 0".</summary>
    public abstract string Allowed { get; }

    /// <summary>Whether the value is in the range; NaN never is.</summary>
    public bool Holds(double value) =>
        (MinimumIsExcluded ? value > Minimum : value >= Minimum)
        && (MaximumIsExcluded ? value < Maximum : value <= Maximum) && !double.IsInfinity(value);
}
