namespace Trainer.Cli.Listing;

/// <summary>The ready recipes: below the working folder's recipes/, or beside the command.</summary>
internal static class RecipeFiles
{
    private const string FolderName = "recipes";

    /// <summary>Every recipe whose head comment begins with the command that runs it, with that comment.</summary>
    public static IReadOnlyList<(string Path, string Head)> Find()
    {
        var folder = new[] { FolderName, Path.Combine(
            AppContext.BaseDirectory, FolderName) }.FirstOrDefault(Directory.Exists);
        return folder is null ? [] :
        [
            .. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(file => (file, Head(file)))
                .Where(recipe => recipe.Item2.StartsWith("  scripts/train.sh ", StringComparison.Ordinal)),
        ];
    }

    private static string Head(string file) => string.Join("\n", File.ReadLines(file)
        .TakeWhile(line => line.StartsWith("//", StringComparison.Ordinal))
        .Select(line => "  " + line[2..].Trim()));
}
