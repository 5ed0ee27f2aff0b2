using System.CommandLine;
using System.Globalization;

namespace Trainer.Cli.Options;

/// <summary>Options that take a whole number in digits.</summary>
internal static class CountOption
{
    /// <summary>An option whose value is null where it is not given.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="least">The smallest value that it takes.</param>
    /// <param name="description">The help text.</param>
    /// <param name="most">The largest value that it takes.</param>
    public static Option<int?> Create(string name, int least, string description, int most = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "count",
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
                && count >= least && count <= most)
                return count;
            result.AddError($"{name}: found \"{text}\", expected a whole number from {least} to {most}.");
            return null;
        },
    };
}
