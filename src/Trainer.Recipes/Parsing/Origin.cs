namespace Trainer.Recipes.Parsing;

/// <summary>Where a value of a recipe came from.</summary>
/// <param name="Source">A file, an environment variable, an option of the command line, or "default".</param>
/// <param name="Line">The line in the file, from 1; 0 for everything that is not a file.</param>
/// <param name="Root">The place that an option sets; messages name places below it. Empty for the whole recipe.</param>
public readonly record struct Origin(string Source, int Line = 0, string Root = "")
{
    /// <summary>The folder of relative paths, for a value outside a file; null for the working folder.</summary>
    public string? Folder { get; init; }

    /// <summary>A value that nobody wrote: the component's own default.</summary>
    public static Origin Default { get; } = new("default");

    /// <summary>"recipes/quickstart.json:12", or the source alone.</summary>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}" : Source;
}
