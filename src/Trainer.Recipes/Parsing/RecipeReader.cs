using System.Text.Json;
using Trainer.Recipes.Extensions;

namespace Trainer.Recipes.Parsing;

/// <summary>
/// Reads a recipe's layers and merges them into one tree: what it extends, itself, the environment, the command line.
/// </summary>
public static class RecipeReader
{
    /// <summary>The merged tree, not yet checked against the recipe's records.</summary>
    /// <exception cref="TrainerException">
    /// A file is missing or is not JSON, a key is given twice, or an override cannot be read; all such faults are
    /// listed.
    /// </exception>
    public static RecipeNode Read(RecipeSource source) => Read(source, out _);

    /// <inheritdoc cref="Read(RecipeSource)"/>
    /// <param name="source">The layers.</param>
    /// <param name="layers">What the tree was merged from, extensions of the command line aside.</param>
    internal static RecipeNode Read(RecipeSource source, out RecipeLayers layers)
    {
        var faults = new List<RecipeFault>();
        var tree = RecipeFile.Read(source.Path, faults);
        RecipeFault.ThrowIfAny(faults);
        if (source.MachineDevice != "auto" && tree["device"] is null)
            tree = tree.With("device", RecipeNode.String(new("trainer.json or TRAINER_DEVICE"), source.MachineDevice));
        layers = new(tree, RecipeOverride.InOrder(source, faults));
        tree = AddExtensions(layers.Merge(faults), source.Extensions, faults);
        RecipeFault.ThrowIfAny(faults);
        return tree;
    }

    private static RecipeNode AddExtensions(RecipeNode tree, IReadOnlyList<string> named, List<RecipeFault> faults)
    {
        var folder = System.Environment.CurrentDirectory;
        tree = ExtensionPaths.MakeAbsolute(tree, folder, faults);
        if (named.Count == 0)
            return tree;
        var origin = new Origin("--extension");
        var added = named.Select(path => RecipeNode.String(origin, Path.GetFullPath(path, folder)));
        var present = tree[ExtensionPaths.Key] is { Kind: JsonValueKind.Array } list ? list.Items : [];
        return tree.With(ExtensionPaths.Key, RecipeNode.Array(origin, [.. present, .. added]));
    }
}
