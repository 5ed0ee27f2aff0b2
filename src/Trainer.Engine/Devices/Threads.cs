using Trainer.Robustness.Native;

namespace Trainer.Engine.Devices;

/// <summary>Torch's own threads. Their number decides the last bits of sums.</summary>
public static class Threads
{
    /// <summary>The largest number that a command or a checkpoint may name.</summary>
    public const int Most = 4096;

    private const string Variable = "OMP_NUM_THREADS";

    /// <summary>The number for this machine: <c>OMP_NUM_THREADS</c> where it is set, else the physical cores.</summary>
    public static int Default => Choose(null);

    /// <summary>The number to compute with: the one that is asked for, else <c>OMP_NUM_THREADS</c>, else the stored one, else the physical cores.</summary>
    /// <param name="asked">By the command line; null for none.</param>
    /// <param name="stored">By a checkpoint; null for none.</param>
    public static int Choose(int? asked, int? stored = null) => Choose(asked, Environment.GetEnvironmentVariable(Variable), stored, Processor.PhysicalCores);

    /// <summary>OpenMP takes a list, one number for each level of nesting; a value that it cannot read it reports itself.</summary>
    internal static int Choose(int? asked, string? environment, int? stored, int cores) =>
        asked ?? (int.TryParse(environment?.Split(',')[0], out var wanted) && wanted is >= 1 and <= Most ? wanted : stored ?? cores);

    /// <summary>The number in words: "1 thread", "8 threads".</summary>
    public static string Describe(int count) => count == 1 ? "1 thread" : $"{count} threads";

    /// <summary>Sets the number of threads of an operation.</summary>
    public static void Use(int count)
    {
        if (get_num_threads() != count)
            GuardedCalls.SetThreads(count);
    }
}
