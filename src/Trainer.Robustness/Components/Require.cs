using System.Numerics;
using System.Runtime.CompilerServices;

namespace Trainer.Robustness.Components;

/// <summary>Checks of constructor arguments, for values that do not come through a recipe.</summary>
public static class Require
{
    /// <summary>Returns <paramref name="value"/> if it is at least <paramref name="minimum"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T AtLeast<T>(double minimum, T value, [CallerArgumentExpression(nameof(value))] string? name = null)
        where T : INumber<T> => Check(new AtLeastAttribute(minimum), value, name);

    /// <summary>Returns <paramref name="value"/> if it is above zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T Positive<T>(T value, [CallerArgumentExpression(nameof(value))] string? name = null)
        where T : INumber<T> => Check(new PositiveAttribute(), value, name);

    /// <summary>Returns <paramref name="value"/> if it is from <paramref name="minimum"/> to <paramref name="maximum"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    public static T Between<T>(double minimum, double maximum, T value, [CallerArgumentExpression(nameof(value))] string? name = null)
        where T : INumber<T> => Check(new BetweenAttribute(minimum, maximum), value, name);

    private static T Check<T>(RangeRuleAttribute rule, T value, string? name) where T : INumber<T> =>
        rule.Holds(double.CreateChecked(value)) ? value
            : throw new ArgumentOutOfRangeException(name, value, $"Found {value}, expected {rule.Allowed}.");
}
