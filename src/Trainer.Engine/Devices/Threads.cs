using Trainer.Robustness.Native;

namespace Trainer.Engine.Devices;

/// <summary>Torch's own threads. Their number decides the last bits of sums, so a run keeps the one that it began with.</summary>
public static class Threads
{
    /// <summary>The number for this machine: <c>OMP_NUM_THREADS</c> where it is set, else the physical cores.</summary>
    public static int Default { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), out var wanted) && wanted > 0 ? wanted : Processor.PhysicalCores;

    /// <summary>Sets the number of threads of an operation.</summary>
    public static void Use(int count)
    {
        if (get_num_threads() != count)
            GuardedCalls.SetThreads(count);
    }
}
