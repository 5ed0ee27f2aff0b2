using System.Security.Cryptography;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Extensions;
using Trainer.Recipes.Parsing;

namespace Trainer.Recipes;

/// <summary>A recipe with every layer merged and every default filled in.</summary>
/// <typeparam name="T">The record that it was bound to.</typeparam>
public sealed class ResolvedRecipe<T> where T : notnull
{
    internal ResolvedRecipe(T value, RecipeNode tree) => (Value, Tree) = (value, tree);

    /// <summary>The recipe itself.</summary>
    public T Value { get; }

    /// <summary>The completed tree, with where each value came from.</summary>
    public RecipeNode Tree { get; }

    /// <summary>The completed tree as indented JSON, which <see cref="RecipeLoader.FromText{T}"/> reads back.</summary>
    public string Text => RecipeText.Write(Tree);

    /// <summary>The extension assemblies that it names.</summary>
    public IReadOnlyList<string> Extensions => [.. Tree[ExtensionPaths.Key]?.Items.Select(item => item.Text) ?? []];

    /// <summary>
    /// The absolute paths of values whose relative ones belong to <see cref="RecipeSource.SetFolder"/>, as --set takes
    /// them: "data.train=/pictures/train".
    /// </summary>
    public IReadOnlyList<string> SetPaths => [.. PathsIn(Tree, "")];

    private static IEnumerable<string> PathsIn(RecipeNode node, string path) =>
        node is { IsPath: true, IsNull: false, Origin.Folder: not null } ? [$"{path}={RecipeText.Line(node)}"]
        : node.Members.SelectMany(member => PathsIn(member.Value, RecipePath.Join(path, member.Key)))
            .Concat(node.Items.SelectMany((item, index) => PathsIn(item, $"{path}[{index}]")));

    /// <summary>
    /// SHA-256 of the recipe's values, in hexadecimal: independent of comments, layers, the order of keys and the
    /// spelling of numbers, and of the sections for logs and extension paths and the places of the data and of the
    /// weights to begin with, which do not belong to the experiment.
    /// </summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(RecipeText.Canonical(Experiment())));

    private RecipeNode Experiment()
    {
        var tree = Tree.Without(RecipeShape.LogsSection, ExtensionPaths.Key);
        foreach (var key in (string[])["data", "model"])
            if (tree[key] is { } section)
                tree = tree.With(key, section.WithoutPaths());
        return tree;
    }
}
