namespace Trainer.EndToEnd;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string Root = Find();

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Trainer.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Found no Trainer.sln above "
            + $"{AppContext.BaseDirectory}.");
    }
}
