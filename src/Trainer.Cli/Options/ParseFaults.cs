using System.CommandLine;
using System.CommandLine.Parsing;
using Trainer.Recipes;
using Trainer.Recipes.Binding;

namespace Trainer.Cli.Options;

/// <summary>
/// What is wrong with a command line, in words that name the option, what was found and what was expected.
/// </summary>
internal static class ParseFaults
{
    /// <summary>Throws where the command line cannot be understood, or a value of it is empty.</summary>
    /// <exception cref="TrainerException">Of kind <see cref="ErrorKind.Recipe"/>.</exception>
    public static void ThrowIfAny(ParseResult parsed)
    {
        var unrecognised = parsed.Errors.Where(IsUnrecognised).Take(1).ToList();
        var problems = (unrecognised.Count > 0 ? unrecognised : parsed.Errors).Select(Explain);
        var problem = string.Join(" ", parsed.Errors.Count > 0 ? problems : EmptyValues(parsed.CommandResult));
        if (problem.Length > 0)
            throw new TrainerException(ErrorKind.Recipe, $"{problem} See: {Path(parsed.CommandResult)} --help");
    }

    private static IEnumerable<string> EmptyValues(CommandResult command) =>
        from result in command.Children
        where result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value))
        select $"{NameOf(result)}: found an empty value, expected {ExpectedBy(result)}.";

    private static bool IsUnrecognised(ParseError error) =>
        error.Message.StartsWith("Unrecognized", StringComparison.Ordinal);

    private static string Explain(ParseError error)
    {
        if (error.SymbolResult is OptionResult { Option: Option<bool>, Tokens: [var token, ..] } flag)
            return $"{NameOf(flag)}: found \"{token.Value}\", expected no value, true or false.";
        var command = (error.SymbolResult as CommandResult ?? error.SymbolResult?.Parent as CommandResult)?.Command;
        var word = error.Message.Split('\'') is [_, var quoted, ..] ? quoted : null;
        if (command is null || word is null || !IsUnrecognised(error))
            return error.Message;
        var names = command.Subcommands.Select(subcommand => subcommand.Name)
            .Concat(command.Options.Select(option => option.Name));
        return Spelling.Nearest(word, names) is { } nearest ? $"{error.Message} Did you mean {nearest}?"
            : error.Message;
    }

    private static string NameOf(SymbolResult result) =>
        result is OptionResult option ? option.Option.Name : ((ArgumentResult)result).Argument.Name;

    private static string ExpectedBy(SymbolResult result) => (result as OptionResult)?.Option.HelpName switch
    {
        null => "a name",
        "dir" => "a folder",
        "dll" => "a .NET assembly (.dll)",
        "json" => "a JSON object",
        "json|null" => "a JSON object or null",
        "name|json" => "a name or a JSON object",
        "name|json|recipe" => "a name, a JSON object or a recipe's file",
        "count" => "a whole number",
        "path=value" => "path=value",
        "device" or "file" => $"a {((OptionResult)result).Option.HelpName}",
        var words => words.Replace("|", " or ", StringComparison.Ordinal),
    };

    private static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "trainer";
}
