using System.Globalization;
using System.Text.Json.Nodes;
using Trainer.Engine.Storage;

namespace Trainer.Engine.Weights;

/// <summary>
/// The normalisation of the images where a file holds it beside the weights, as networks wrapped for RobustBench do:
/// tensors of one value a channel under a pair of names.
/// </summary>
internal static class StoredNormalisation
{
    private const int MostChannels = 4;

    private static readonly (string Mean, string Deviation)[] Pairs =
        [("mean", "std"), ("mu", "sigma"), ("new_mean", "new_std")];

    /// <summary>Whether a tensor has the name and the size of a normalisation's mean or deviation.</summary>
    public static bool IsPart(TensorEntry entry) =>
        Pairs.Any(pair => Last(entry.Name) is var name && (name == pair.Mean || name == pair.Deviation))
        && entry.Shape.Aggregate(1L, (product, size) => product * Math.Min(size, MostChannels + 1)) <= MostChannels;

    /// <summary>The normalisation as recipes describe it; null where there is none, or more than one.</summary>
    /// <exception cref="Recipes.TrainerException">Its values cannot be read.</exception>
    public static JsonObject? Find(ITensorFile file)
    {
        var parts = file.Entries.Where(IsPart).ToList();
        if (parts is not [_, _]
            || Pairs.FirstOrDefault(pair => parts.Exists(part => Last(part.Name) == pair.Mean)
                && parts.Exists(part => Last(part.Name) == pair.Deviation)) is not { Mean: not null } names)
            return null;
        return new()
        {
            ["mean"] = Values(file, parts.First(part => Last(part.Name) == names.Mean)),
            ["deviation"] = Values(file, parts.First(part => Last(part.Name) == names.Deviation)),
        };
    }

    private static JsonArray Values(ITensorFile file, TensorEntry entry)
    {
        using var scope = NewDisposeScope();
        // Through the shortest text of a float32: 0.4914 instead of 0.49140000343322754.
        var values = file.Read(entry.Name).to(ScalarType.Float32).flatten().data<float>();
        return [.. values.Select(value => JsonNode.Parse(
            float.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null"))];
    }

    private static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];
}
