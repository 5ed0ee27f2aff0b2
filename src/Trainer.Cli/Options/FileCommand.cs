using System.CommandLine;

namespace Trainer.Cli.Options;

/// <summary>A command whose result is files. It succeeds even where the text that it also prints is lost.</summary>
internal sealed class FileCommand(string name, string description) : Command(name, description)
{
    /// <summary>Whether this command line asks for files; otherwise the printed text is the only result.</summary>
    public Func<ParseResult, bool> WritesFiles { get; init; } = _ => true;
}
