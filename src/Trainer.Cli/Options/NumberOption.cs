using System.CommandLine;
using System.Globalization;

namespace Trainer.Cli.Options;

/// <summary>Options that take a number.</summary>
internal static class NumberOption
{
    /// <summary>An option whose value is null where it is not given.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="holds">Whether a number is allowed.</param>
    /// <param name="expected">Which are: "a number above 0".</param>
    /// <param name="description">The help text.</param>
    public static Option<double?> Create(
        string name, Func<double, bool> holds, string expected, string description) => new(name)
        {
            Description = description,
            HelpName = "number",
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    && double.IsFinite(number) && holds(number))
                    return number;
                result.AddError($"{name}: found \"{text}\", expected {expected}.");
                return null;
            },
        };

    /// <summary>An option that takes a share; null where it is not given.</summary>
    /// <inheritdoc cref="Create"/>
    public static Option<double?> Share(string name, string description) =>
        Create(name, share => share is > 0 and < 1, "a number above 0 and below 1", description);
}
