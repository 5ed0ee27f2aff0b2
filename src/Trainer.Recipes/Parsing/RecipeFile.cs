using System.Text.Json;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Extensions;

namespace Trainer.Recipes.Parsing;

/// <summary>A recipe file merged over the files that it extends.</summary>
internal static class RecipeFile
{
    private const string Extends = "extends";

    public static RecipeNode Read(string path, List<RecipeFault> faults)
    {
        var full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            faults.Add(new(new(Show(full)), "", Directory.Exists(full)
                ? "found a folder, expected a JSON file"
                : "no such file; expected a JSON file", NearestFile(full)));
            return RecipeNode.Object(new(Show(full)), []);
        }
        return Read(full, [], faults);
    }

    private static RecipeNode Read(string full, IReadOnlyList<string> chain, List<RecipeFault> faults)
    {
        var source = Show(full);
        var nothing = RecipeNode.Object(new(source), []);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(full);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            faults.Add(new(
                new(source), "",
                $"cannot be read: {exception.Message.TrimEnd('.')}; correct the name, or make the file readable"));
            return nothing;
        }
        if (bytes.All(value => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
        {
            faults.Add(new(new(source), "", "the file is empty, expected a recipe: { \"name\": … }"));
            return nothing;
        }
        var tree = RecipeParser.ParseFile(bytes, source, faults);
        if (tree is null)
            return nothing;
        if (tree.Kind != JsonValueKind.Object)
        {
            faults.Add(new(tree.Origin, "", $"found {tree.Describe()}, expected an object: {{ \"name\": … }}"));
            return nothing;
        }
        RecipeNode? under = null;
        foreach (var parent in Parents(tree, faults))
            if (Parent(parent, full, [.. chain, full], faults) is { } node)
                under = RecipeMerge.Merge(under, node);
        tree = ExtensionPaths.MakeAbsolute(tree.Without(Extends, "$schema"), Path.GetDirectoryName(full)!, faults);
        return RecipeMerge.Merge(under, tree);
    }

    private static IReadOnlyList<RecipeNode> Parents(RecipeNode tree, List<RecipeFault> faults)
    {
        if (tree[Extends] is not { IsNull: false } extends)
            return [];
        var parents = extends.Kind == JsonValueKind.Array ? extends.Items : [extends];
        if (parents.FirstOrDefault(parent => parent.Kind != JsonValueKind.String) is not { } wrong)
            return parents;
        faults.Add(new(
            wrong.Origin, Extends, $"found {wrong.Describe()}, expected a recipe's file name or a list of them"));
        return [];
    }

    private static RecipeNode? Parent(
        RecipeNode name, string child, IReadOnlyList<string> chain, List<RecipeFault> faults)
    {
        var full = Path.GetFullPath(name.Text, Path.GetDirectoryName(child)!);
        if (chain.Contains(full))
        {
            var cycle = chain.SkipWhile(file => file != full).Append(full).Select(Show);
            faults.Add(new(
                name.Origin, Extends, $"the recipes extend each other in a circle: {string.Join(" → ", cycle)}; "
                + "take one of these links out"));
            return null;
        }
        if (!File.Exists(full))
        {
            faults.Add(new(
                name.Origin, Extends, $"found \"{name.Text}\", but there is no file {Show(full)}", NearestFile(full)));
            return null;
        }
        return Read(full, chain, faults);
    }

    /// <summary>A file's name as people know it: relative to the working folder where it is inside.</summary>
    private static string Show(string full)
    {
        var relative = Path.GetRelativePath(System.Environment.CurrentDirectory, full);
        return relative.StartsWith("..", StringComparison.Ordinal) ? full : relative;
    }

    private static string? NearestFile(string full)
    {
        var folder = Path.GetDirectoryName(full);
        if (!Directory.Exists(folder))
            return null;
        var near = Spelling.Nearest(
            Path.GetFileNameWithoutExtension(full),
            Directory.EnumerateFiles(folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Order(StringComparer.Ordinal));
        return near is null ? null : Show(Path.Combine(folder, near + ".json"));
    }
}
