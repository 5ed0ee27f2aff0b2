using System.Globalization;
using Trainer.Recipes;
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

    /// <summary>
    /// The number to compute with: the one that is asked for, else that of <c>OMP_NUM_THREADS</c>, else the stored one,
    /// else the physical cores. Like OpenMP itself, it ignores a value of the variable that is invalid: see
    /// <see cref="Invalid(int?)"/>.
    /// </summary>
    /// <param name="asked">By the command line; null for none.</param>
    /// <param name="stored">By a checkpoint; null for none.</param>
    /// <param name="cores">The physical cores to use; null for all that the process may run on.</param>
    public static int Choose(int? asked, int? stored = null, int? cores = null) => Choose(
        asked, Environment.GetEnvironmentVariable(Variable), stored, cores ?? Processor.PhysicalCores);

    /// <summary>
    /// What is wrong with <c>OMP_NUM_THREADS</c>, as a warning; null where it is valid, unset or not looked at.
    /// </summary>
    /// <param name="asked">By the command line, which comes first; null for none.</param>
    public static string? Invalid(int? asked) => Invalid(asked, Environment.GetEnvironmentVariable(Variable));

    internal static int Choose(int? asked, string? environment, int? stored, int cores) =>
        asked ?? First(environment) ?? stored ?? cores;

    internal static string? Invalid(int? asked, string? environment) =>
        asked is not null || environment is null || First(environment) is not null ? null
        : $"{Variable}: found \"{environment}\", expected a whole number from 1 to {Most}, "
        + "or several with commas between, "
            + "of which the first counts. The value is ignored. Correct it, unset it, or use --threads.";

    /// <summary>
    /// OpenMP takes a list, one number for each level of nesting, and none of a list with an invalid one.
    /// </summary>
    private static int? First(string? environment)
    {
        var levels = environment?.Split(',').Select(Read).ToList();
        return levels is not null && levels.TrueForAll(level => level is not null) && levels[0] <= Most
            ? (int?)levels[0] : null;
    }

    private static long? Read(string level) =>
        long.TryParse(level, NumberStyles.Integer, CultureInfo.InvariantCulture, out var count) && count >= 1 ? count
        : null;

    /// <summary>The number in words: "1 thread", "8 threads".</summary>
    public static string Describe(int count) => Quantity.Of(count, "thread");

    /// <summary>Sets the number of threads of an operation.</summary>
    public static void Use(int count)
    {
        if (get_num_threads() != count)
            GuardedCalls.SetThreads(count);
    }
}
