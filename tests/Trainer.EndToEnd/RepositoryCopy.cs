using System.Diagnostics;

namespace Trainer.EndToEnd;

/// <summary>
/// A folder with links to all that the repository holds, the built command with it, and a small data set: what commands
/// write there does not reach the repository.
/// </summary>
internal sealed class RepositoryCopy : IDisposable
{
    /// <summary>What is neither source nor built with it.</summary>
    private static readonly string[] NotLinked = [".git", "artifacts", "checkpoints", "data"];

    private readonly string folder = Directory.CreateTempSubdirectory("repository-").FullName;
    private readonly Dictionary<string, string> environment;

    public RepositoryCopy()
    {
        var entries = new DirectoryInfo(Repository.At()).EnumerateFileSystemInfos();
        foreach (var entry in entries.Where(entry => !NotLinked.Contains(entry.Name)))
            if (entry is DirectoryInfo)
                Directory.CreateSymbolicLink(At(entry.Name), entry.FullName);
            else
                File.CreateSymbolicLink(At(entry.Name), entry.FullName);
        IdxFiles.Write(At("data", "fashion-mnist"), training: 5660, test: 20);
        var isCuda = AppContext.BaseDirectory.Contains("/bin/cuda/", StringComparison.Ordinal);
        environment = new()
        {
            ["TRAINER_TORCH_DEVICE"] = isCuda ? "cuda" : "cpu",
            ["TRAINER_DATA"] = At("data"),
            ["OMP_NUM_THREADS"] = "1",
            ["DOTNET_TC_CallCountingDelayMs"] = "5000",
            // Small runs of every recipe.
            ["TRAINER__train__maxSteps"] = "3",
            ["TRAINER__train__batchSize"] = "20",
            ["TRAINER__evaluate__examples"] = "10",
            ["TRAINER__evaluate__final"] = """[{ "attack": { "type": "pgd", "steps": 2 }, "examples": 10 }]""",
            ["TRAINER__evaluate__checks"] = "null",
            ["TRAINER__logging__reportExamples"] = "4",
        };
        // The scripts build where a file changed; here everything was built with the tests.
        Directory.CreateDirectory(At("artifacts"));
        File.WriteAllText(At("artifacts", "setup.done"), "");
        const string record = """source scripts/environment.sh && build_inputs >"artifacts/build-$torch_device.inputs" """;
        Assert.Equal(0, Run(record).ExitCode);
    }

    public string At(params string[] parts) => Path.Combine([folder, .. parts]);

    /// <summary>Runs a line of a shell script at the root of the copy.</summary>
    public CommandResult Run(string line)
    {
        var start = new ProcessStartInfo("bash", ["-c", line])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var inherited = start.Environment.Keys.Where(name => name.StartsWith("TRAINER", StringComparison.Ordinal));
        foreach (var name in inherited.ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("bash did not start.");
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
