using Trainer.Engine.Devices;
using Trainer.Recipes;

namespace Trainer.Engine.Distributed;

/// <summary>Refuses processes that would not compute the same.</summary>
public static class EqualStart
{
    /// <summary>What the values call the recipe's hash: where it differs, the recipe is at fault.</summary>
    public const string Recipe = "recipe";

    /// <summary>How the names of values begin that describe data: where one differs, the data are at fault.</summary>
    public const string Data = "data";

    /// <summary>Compares build, libraries and processor, and what else has to be the same.</summary>
    /// <param name="processes">Each of them calls this.</param>
    /// <param name="places">Names the processes.</param>
    /// <param name="values">What else has to be the same, by name.</param>
    /// <exception cref="TrainerException">A process differs from the first.</exception>
    public static void Check(
        Collectives processes, ProcessPlaces places, IReadOnlyDictionary<string, string> values) =>
        Compare(processes.AllGather(Values(values)), places);

    /// <summary>What this process has: build, libraries and processor, and what a caller adds.</summary>
    internal static Dictionary<string, string> Values(IReadOnlyDictionary<string, string> added)
    {
        var own = new Dictionary<string, string>(added)
        {
            ["build"] = $"{typeof(EqualStart).Module.ModuleVersionId}",
        };
        foreach (var (name, version) in TorchVersions.All)
            own[name] = version;
        return own;
    }

    /// <summary>Compares what the processes have.</summary>
    /// <param name="all">The values of each process by name, in the order of the ranks.</param>
    /// <param name="places">Names the processes.</param>
    /// <exception cref="TrainerException">A process differs from the first.</exception>
    internal static void Compare(IReadOnlyList<Dictionary<string, string>> all, ProcessPlaces places)
    {
        foreach (var (rank, other) in all.Index())
            foreach (var name in all[0].Keys.Union(other.Keys))
                if ((other.GetValueOrDefault(name, "none"), all[0].GetValueOrDefault(name, "none"))
                    is var (found, expected) && found != expected)
                    throw new TrainerException(
                        name.StartsWith(Data, StringComparison.Ordinal) ? ErrorKind.Data
                        : name == Recipe ? ErrorKind.Recipe : ErrorKind.Device,
                        $"The processes differ: {places.Name(rank)} has the {name} {found}, {places.Name(0)} has "
                        + $"{expected}. Start the same command everywhere, on the same files, the same build and the "
                        + "same kind of processor.");
    }
}
