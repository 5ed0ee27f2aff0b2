using System.Diagnostics;

namespace Trainer.Benchmarks;

/// <summary>The PyTorch of the system's Python.</summary>
internal static class PyTorch
{
    public const string Python = "/usr/bin/python3";

    private static readonly Lazy<string> Found = new(Find);

    /// <summary>"PyTorch", major and minor version.</summary>
    public static string Name => Found.Value;

    private static string Find()
    {
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import torch; print(torch.__version__)"])
        {
            RedirectStandardOutput = true,
        })
            ?? throw new InvalidOperationException($"{Python} did not start.");
        var version = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? $"PyTorch {string.Join('.', version.Trim().Split('.').Take(2))}"
            : throw new InvalidOperationException(
            $"{Python} has no PyTorch: install python3-torch (scripts/bench.sh does).");
    }
}
