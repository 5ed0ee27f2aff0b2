using System.Numerics;
using System.Runtime.CompilerServices;

namespace Trainer.Robustness.Components;

/// <summary>
/// Checks arguments and options. The exceptions name the argument; in a property's setter, the property.
/// </summary>
public static class Require
{
    private const string SetterArgument = "value";

    /// <summary>Returns <paramref name="value"/> if it is at least <paramref name="minimum"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T AtLeast<T>(
        double minimum, T value,
        [CallerArgumentExpression(nameof(value))] string? name = null, [CallerMemberName] string? property = null)
        where T : INumber<T> => Check(new AtLeastAttribute(minimum), value, name, property);

    /// <summary>Returns <paramref name="value"/> if it is null or at least <paramref name="minimum"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T? AtLeast<T>(
        double minimum, T? value,
        [CallerArgumentExpression(nameof(value))] string? name = null, [CallerMemberName] string? property = null)
        where T : struct, INumber<T> => value is { } number ? AtLeast(minimum, number, name, property) : null;

    /// <summary>
    /// Returns <paramref name="value"/> if each of its numbers is at least <paramref name="minimum"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not.</exception>
    public static IReadOnlyList<T> AtLeast<T>(
        double minimum, IReadOnlyList<T> value,
        [CallerArgumentExpression(nameof(value))] string? name = null, [CallerMemberName] string? property = null)
        where T : INumber<T> => [.. value.Select(number => AtLeast(minimum, number, name, property))];

    /// <summary>Returns <paramref name="value"/> if it is above zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T Positive<T>(
        T value,
        [CallerArgumentExpression(nameof(value))] string? name = null, [CallerMemberName] string? property = null)
        where T : INumber<T> => Check(new PositiveAttribute(), value, name, property);

    /// <summary>Returns <paramref name="value"/> if it is null or above zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T? Positive<T>(
        T? value,
        [CallerArgumentExpression(nameof(value))] string? name = null, [CallerMemberName] string? property = null)
        where T : struct, INumber<T> => value is { } number ? Positive(number, name, property) : null;

    /// <summary>
    /// Returns <paramref name="value"/> if it is from <paramref name="minimum"/> to <paramref name="maximum"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T Between<T>(
        double minimum, double maximum, T value,
        [CallerArgumentExpression(nameof(value))] string? name = null, [CallerMemberName] string? property = null)
        where T : INumber<T> => Check(new BetweenAttribute(minimum, maximum), value, name, property);

    /// <summary>
    /// Returns <paramref name="value"/> if it is null or from <paramref name="minimum"/> to <paramref name="maximum"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T? Between<T>(
        double minimum, double maximum, T? value,
        [CallerArgumentExpression(nameof(value))] string? name = null, [CallerMemberName] string? property = null)
        where T : struct, INumber<T> => value is { } number ? Between(minimum, maximum, number, name, property) : null;

    /// <summary>Returns <paramref name="value"/> if it is above 0 and below 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T Fraction<T>(
        T value,
        [CallerArgumentExpression(nameof(value))] string? name = null, [CallerMemberName] string? property = null)
        where T : INumber<T> => Check(new FractionAttribute(), value, name, property);

    /// <summary>Returns <paramref name="value"/> if it is null or above 0 and below 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T? Fraction<T>(
        T? value,
        [CallerArgumentExpression(nameof(value))] string? name = null, [CallerMemberName] string? property = null)
        where T : struct, INumber<T> => value is { } number ? Fraction(number, name, property) : null;

    /// <summary>Checks that the options of a block fit together, where no recipe's binder has.</summary>
    /// <exception cref="ArgumentException">They do not; it names the option to change.</exception>
    public static void Consistent(ICrossChecked block)
    {
        if (block.Conflicts().FirstOrDefault() is { } conflict)
            throw new ArgumentException(
                $"{char.ToUpperInvariant(conflict.Problem[0])}{conflict.Problem[1..]}.", conflict.Path);
    }

    private static T Check<T>(RangeRuleAttribute rule, T value, string? name, string? property) where T : INumber<T> =>
        rule.Holds(double.CreateChecked(value)) ? value
            : throw new ArgumentOutOfRangeException(
                name == SetterArgument ? property : name, value,
                FormattableString.Invariant($"Found {value}, expected {rule.Allowed}."));
}
