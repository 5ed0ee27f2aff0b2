using Trainer.Engine.Devices;
using Trainer.Recipes;

namespace Trainer.Engine.Distributed;

/// <summary>Refuses processes that would not compute the same.</summary>
public static class EqualStart
{
    /// <summary>The value's name of a recipe, whose difference is the recipe's fault.</summary>
    public const string Recipe = "recipe";

    /// <summary>How the names of values of data begin.</summary>
    public const string Data = "data";

    /// <summary>Compares build, libraries and processor, and what else has to be the same.</summary>
    /// <param name="processes">Each of them calls this.</param>
    /// <param name="places">Names the processes.</param>
    /// <param name="values">What else has to be the same, by name.</param>
    /// <exception cref="TrainerException">A process differs from the first.</exception>
    public static void Check(
        Collectives processes, ProcessPlaces places, IReadOnlyDictionary<string, string> values)
    {
        if (processes.Size == 1)
            return;
        var own = new Dictionary<string, string>(values)
        {
            ["build"] = $"{typeof(EqualStart).Module.ModuleVersionId}",
        };
        foreach (var (name, version) in TorchVersions.All)
            own[name] = version;
        var all = processes.All(own);
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
