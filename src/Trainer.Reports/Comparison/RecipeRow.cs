using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trainer.Reports.Comparison;

/// <summary>A value in which resolved recipes differ.</summary>
/// <param name="Path">The place inside the recipes.</param>
/// <param name="Values">Each recipe's value as JSON; null where it is absent.</param>
internal sealed record RecipeRow(string Path, IReadOnlyList<string?> Values)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Every value in which recipes differ, in the order of the first that has it.</summary>
    public static IReadOnlyList<RecipeRow> Between(IReadOnlyList<JsonObject> recipes)
    {
        var flat = recipes.Select(recipe => Leaves(recipe, "").ToDictionary(
            leaf => leaf.Path, leaf => leaf.Value, StringComparer.Ordinal)).ToList();
        return [.. flat.SelectMany(leaves => leaves.Keys).Distinct(StringComparer.Ordinal)
            .Select(path => new RecipeRow(path, [.. flat.Select(leaves => leaves.GetValueOrDefault(path))]))
            .Where(row => row.Values.Distinct().Count() > 1)];
    }

    /// <summary>Values that are no objects; lists of objects are walked into, other lists are one value.</summary>
    private static IEnumerable<(string Path, string Value)> Leaves(JsonNode? node, string path) => node switch
    {
        JsonObject { Count: > 0 } map =>
            map.SelectMany(member => Leaves(member.Value, path.Length == 0 ? member.Key : $"{path}.{member.Key}")),
        JsonArray { Count: > 0 } list when list.All(item => item is JsonObject) =>
        list.SelectMany((item, index) => Leaves(item, $"{path}[{index}]")),
        _ => [(path, node?.ToJsonString(Options) ?? "null")],
    };
}
