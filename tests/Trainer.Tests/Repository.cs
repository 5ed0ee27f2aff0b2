namespace Trainer.Tests;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Trainer.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Found no Trainer.sln above "
            + $"{AppContext.BaseDirectory}.");
    }

    /// <summary>The C# files of some folders, without what a build writes.</summary>
    public static IEnumerable<string> Sources(params IEnumerable<string> folders) =>
        from folder in folders
        from file in Directory.EnumerateFiles(System.IO.Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        where !System.IO.Path.GetRelativePath(Root, file).Split('/').Intersect(["bin", "obj"]).Any()
        select file;
}
