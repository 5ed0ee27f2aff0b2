using System.Text.Json;
using Trainer.Recipes.Parsing;

namespace Trainer.Recipes;

/// <summary>One value in which two resolved recipes differ.</summary>
/// <param name="Path">The place inside the recipe.</param>
/// <param name="Old">The former value as JSON, or null where it was absent.</param>
/// <param name="New">The present value as JSON, or null where it is absent.</param>
public sealed record RecipeDifference(string Path, string? Old, string? New)
{
    /// <summary>"train.epochs: 6 → 10".</summary>
    public override string ToString() => $"{Path}: {Old ?? "absent"} → {New ?? "absent"}";

    /// <summary>
    /// Every difference, in the new recipe's order. Lists of different length, and objects of different type, differ as
    /// one.
    /// </summary>
    public static IReadOnlyList<RecipeDifference> Between(RecipeNode old, RecipeNode @new)
    {
        var found = new List<RecipeDifference>();
        Compare(old, @new, "", found);
        return found;
    }

    private static void Compare(RecipeNode? old, RecipeNode? @new, string path, List<RecipeDifference> found)
    {
        if (old is { Kind: JsonValueKind.Object } && @new is { Kind: JsonValueKind.Object }
            && old["type"]?.Text == @new["type"]?.Text)
            foreach (var key in @new.Members.Concat(old.Members).Select(member => member.Key).Distinct())
                Compare(old[key], @new[key], RecipePath.Join(path, key), found);
        else if (old is { Kind: JsonValueKind.Array } && @new is { Kind: JsonValueKind.Array }
            && old.Items.Count == @new.Items.Count)
            for (var index = 0; index < old.Items.Count; index++)
                Compare(old.Items[index], @new.Items[index], $"{path}[{index}]", found);
        else if (Json(old) != Json(@new) && !IsPlaceOfFile(old, @new, path))
            found.Add(new(path, Json(old), Json(@new)));
    }

    /// <summary>Data, and weights to begin with, are compared by their fingerprint, wherever they are.</summary>
    private static bool IsPlaceOfFile(RecipeNode? old, RecipeNode? @new, string path) =>
        (RecipePath.IsWithin(path, "data") || RecipePath.IsWithin(path, "model"))
        && old is not { IsPath: false } && @new is not { IsPath: false };

    private static string? Json(RecipeNode? node) => node is null ? null : RecipeText.Line(node);
}
