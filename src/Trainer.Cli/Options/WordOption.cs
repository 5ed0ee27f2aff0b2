using System.CommandLine;
using System.Text.Json;

namespace Trainer.Cli.Options;

/// <summary>Options that take one of a few words.</summary>
internal static class WordOption
{
    /// <summary>An option whose value is null where it is not given.</summary>
    /// <typeparam name="T">The words, in lower case with hyphens on the command line.</typeparam>
    /// <param name="name">The option's name.</param>
    /// <param name="description">The help text.</param>
    public static Option<T?> Create<T>(string name, string description) where T : struct, Enum
    {
        var words = Enum.GetValues<T>().ToDictionary(
            value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()), StringComparer.OrdinalIgnoreCase);
        return new(name)
        {
            Description = description,
            HelpName = string.Join('|', words.Keys),
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (words.TryGetValue(text, out var value))
                    return value;
                result.AddError($"{name}: found \"{text}\", expected {string.Join(" or ", words.Keys)}.");
                return null;
            },
        };
    }
}
