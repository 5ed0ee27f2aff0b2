using System.Text.Json;
using Trainer.Recipes.Parsing;

namespace Trainer.Recipes.Extensions;

/// <summary>The recipe's list of extension assemblies, whose names are relative to the file that holds them.</summary>
internal static class ExtensionPaths
{
    public const string Key = "extensions";

    /// <summary>The tree with absolute names in its list of extensions.</summary>
    public static RecipeNode MakeAbsolute(RecipeNode tree, string folder, List<RecipeFault> faults)
    {
        if (tree[Key] is not { IsNull: false } list)
            return tree;
        var wrong = list.Kind == JsonValueKind.Array
            ? list.Items.FirstOrDefault(item => item.Kind != JsonValueKind.String) : list;
        if (wrong is not null)
        {
            faults.Add(new(wrong.Origin, Key, $"found {wrong.Describe()}, expected a list of assemblies' file names"));
            return tree.Without(Key);
        }
        return tree.With(Key, RecipeNode.Array(list.Origin,
            list.Items.Select(item => RecipeNode.String(item.Origin, Path.GetFullPath(item.Text, folder)))));
    }
}
