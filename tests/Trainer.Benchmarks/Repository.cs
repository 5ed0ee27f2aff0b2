namespace Trainer.Benchmarks;

internal static class Repository
{
    /// <summary>The folder of Trainer.sln.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "Trainer.sln")) ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The benchmarks run inside the "
        + "repository: Trainer.sln is in no folder above."));
}
