using System.CommandLine;
using Trainer.Engine.Devices;

namespace Trainer.Cli.Options;

/// <summary>The option --threads of every command that computes.</summary>
internal static class ThreadsOption
{
    /// <param name="stored">
    /// The default where neither the option nor OMP_NUM_THREADS is given; null where it is the number of cores alone.
    /// </param>
    public static Option<int?> Create(string? stored = null) => CountOption.Create(
        "--threads", 1, "How many CPU threads to compute with; by default OMP_NUM_THREADS, where it is valid, "
        + $"else {(stored is null ? "" : $"{stored}, else ")}the physical cores.", Threads.Most);
}
