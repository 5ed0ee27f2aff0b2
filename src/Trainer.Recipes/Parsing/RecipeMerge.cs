using System.Globalization;
using System.Text.Json;
using Trainer.Recipes.Binding;
using Trainer.Robustness.Threats;

namespace Trainer.Recipes.Parsing;

/// <summary>Merges one layer of a recipe into the layers before it.</summary>
internal static class RecipeMerge
{
    /// <summary>
    /// Objects merge by key. Every other value, arrays and null included, replaces the former one, and so does an
    /// object whose
    /// <c>type</c> is another. A threat model's ε belongs to its norm: another norm alone removes ε, because the same
    /// number bounds another set of images. The name of a component alone is merged like an object with that
    /// <c>type</c>.
    /// </summary>
    public static RecipeNode Merge(RecipeNode? under, RecipeNode over)
    {
        if (under is { Kind: JsonValueKind.String } && over is { Kind: JsonValueKind.Object })
            under = RecipeNode.Component(under);
        if (under?["type"] is not null && over.Kind == JsonValueKind.String)
            over = RecipeNode.Component(over);
        if (under is not { Kind: JsonValueKind.Object } || over.Kind != JsonValueKind.Object
            || ChangesType(under, over))
            return over;
        var merged = ChangesNorm(under, over) ? under.Without("epsilon") : under;
        foreach (var (key, value) in over.Members)
            merged = merged.With(key, Merge(under[key], value));
        return merged;
    }

    /// <summary>The tree with a value merged in at a path.</summary>
    /// <exception cref="ArgumentException">
    /// The path names an element of an array by something that is not one of its indices.
    /// </exception>
    public static RecipeNode Set(RecipeNode? tree, ReadOnlySpan<string> path, RecipeNode value)
    {
        if (path.Length == 0)
            return Merge(tree, value);
        if (tree is { Kind: JsonValueKind.Array })
        {
            if (!int.TryParse(path[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                || index >= tree.Items.Count)
                throw new ArgumentException(
                    $"found the index \"{path[0]}\" into a list of {tree.Items.Count}, "
                    + $"expected {Indices(tree.Items.Count)}; or replace the whole list");
            var items = tree.Items.ToArray();
            items[index] = Set(items[index], path[1..], value);
            return RecipeNode.Array(tree.Origin, items);
        }
        var child = Set(tree?[path[0]], path[1..], value);
        return Merge(tree, RecipeNode.Object(value.Origin, [new(path[0], child)]));
    }

    private static bool ChangesType(RecipeNode under, RecipeNode over) =>
        under["type"] is { } before && over["type"] is { } after && before.Text != after.Text;

    /// <summary>A misspelt norm is reported by itself and does not remove ε.</summary>
    private static bool ChangesNorm(RecipeNode under, RecipeNode over) =>
        under["norm"] is { } before && over["norm"] is { } after && before.Text != after.Text
        && RecipeValue.Words(typeof(Norm)).Contains(after.Text);

    private static string Indices(int count) => count switch
    {
        0 => "none, for it is empty",
        1 => "0",
        _ => $"0 to {count - 1}",
    };
}
