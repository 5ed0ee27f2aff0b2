using Trainer.Engine.Devices;

namespace Trainer.Engine.Distributed;

/// <summary>Where the processes of a run are: on which machines, and on which of their cores.</summary>
public sealed class ProcessPlaces
{
    private const string Status = "/proc/self/status";
    private const string Allowed = "Cpus_allowed:";
    private readonly IReadOnlyList<Place> places;
    private readonly int rank;

    private ProcessPlaces(IReadOnlyList<Place> places, int rank) => (this.places, this.rank) = (places, rank);

    /// <summary>How many processes before this one are on its machine: the number of its GPU.</summary>
    public int LocalRank => places.Take(rank).Count(place => place.Host == places[rank].Host);

    /// <summary>
    /// This process's part of the physical cores that it may run on: those that may run on the same ones divide them.
    /// At least 1.
    /// </summary>
    public int Cores => Math.Max(1, Processor.PhysicalCores / places.Count(place =>
        place.Host == places[rank].Host && place.Cores == places[rank].Cores));

    /// <summary>Finds out where the processes are.</summary>
    /// <param name="processes">Each of them calls this.</param>
    public static ProcessPlaces Of(Collectives processes) => new(
        processes.AllGather(new Place(Environment.MachineName, Environment.ProcessId, AllowedCores())), processes.Rank);

    /// <summary>The name of a process for people: "rank 3 on node7".</summary>
    public string Name(int rank) => $"rank {rank} on {places[rank].Host}";

    /// <summary>All processes: "rank 0 on node7 (process 4711), rank 1 …".</summary>
    public override string ToString() => string.Join(
        ", ", places.Select((place, number) => $"{Name(number)} (process {place.ProcessId})"));

    private static string AllowedCores() => !File.Exists(Status) ? ""
        : File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Allowed, StringComparison.Ordinal)) ?? "";

    private sealed record Place(string Host, int ProcessId, string Cores);
}
