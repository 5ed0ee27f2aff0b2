using Trainer.Engine.Devices;

namespace Trainer.Engine.Distributed;

/// <summary>
/// With how many threads each process of a run computes: all with the same number, which decides the last bits of what
/// they find.
/// </summary>
public static class ProcessThreads
{
    /// <summary>
    /// The number to evaluate saved weights with: the one that is asked for, else that of <c>OMP_NUM_THREADS</c>, else
    /// the stored one, else the physical cores. Several processes take no more than the cores that each has for itself,
    /// unless they are asked to, and all take the smallest number that one of them finds.
    /// </summary>
    /// <param name="processes">Each of them calls this.</param>
    /// <param name="places">Where they are.</param>
    /// <param name="asked">By the command line; null for none.</param>
    /// <param name="stored">By the weights' checkpoint; null for none.</param>
    public static int ForEvaluation(Collectives processes, ProcessPlaces places, int? asked, int? stored) => Smallest(
        processes, Threads.Choose(asked, Limited(stored, processes.Size, places.Cores), places.Cores));

    /// <summary>
    /// The number to train with: as <see cref="ForEvaluation"/>, but a run that is resumed with as many processes keeps
    /// its number, so that it has the same bits.
    /// </summary>
    /// <param name="processes">Each of them calls this.</param>
    /// <param name="places">Where they are.</param>
    /// <param name="asked">By the command line; null for none.</param>
    /// <param name="stored">By the checkpoint that is resumed, with its number of processes; null for none.</param>
    public static int ForTraining(
        Collectives processes, ProcessPlaces places, int? asked, (int Threads, int Processes)? stored) => Smallest(
        processes, Threads.Choose(
            asked, stored is { } run && run.Processes == processes.Size ? run.Threads : null, places.Cores));

    /// <summary>A stored number, which of several processes may be no more than the cores of each.</summary>
    internal static int? Limited(int? stored, int processes, int cores) =>
        processes == 1 || stored is null ? stored : Math.Min(stored.Value, cores);

    private static int Smallest(Collectives processes, int own) => processes.AllGather(own).Min();
}
