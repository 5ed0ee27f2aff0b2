using System.Text.Json;

namespace Trainer.Engine.Recipes;

/// <summary>One value set from outside the files: by <c>--set path=value</c> or an environment variable.</summary>
internal sealed record RecipeOverride(string[] Path, RecipeNode Value)
{
    private const string Prefix = "TRAINER__";

    /// <summary>
    /// Choices of a <c>type</c> come first, outer before inner, because a new type clears what stands beside it; the rest keep their order.
    /// </summary>
    public int Order => Path[^1] == "type" || Value["type"] is not null ? Path.Length
        : Value.Kind == JsonValueKind.String ? Path.Length + 1 // Of a component by its name alone, as of its type.
        : int.MaxValue;

    public static IReadOnlyList<RecipeOverride> Read(RecipeSource source, List<RecipeFault> faults)
    {
        var overrides = new List<RecipeOverride>();
        foreach (var (name, value) in source.Environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
                Add(name[Prefix.Length..].Split("__"), value, name, "TRAINER__train__epochs=3");
        foreach (var text in source.Set)
            if (text.Split('=', 2) is [var path, var value])
                Add(RecipePath.Split(path), value, RecipeFault.OptionOf(path), "--set train.epochs=3");
            else
                faults.Add(new(new($"--set {text}"), "", "found no \"=\", expected path=value, as in --set train.epochs=3"));
        return overrides;

        void Add(string[] path, string value, string origin, string example)
        {
            if (path.Any(string.IsNullOrWhiteSpace))
                faults.Add(new(new(origin), "", $"found an empty name in the path, expected one like {example}"));
            else if (path[0] is "extends" or "$schema")
                faults.Add(new(new(origin), path[0], "can only stand in a recipe's file"));
            else
                overrides.Add(new(path, RecipeParser.ParseValue(value, origin, string.Join('.', path), faults)));
        }
    }

    public RecipeNode Apply(RecipeNode tree, List<RecipeFault> faults)
    {
        try
        {
            return RecipeMerge.Set(tree, Path, Value);
        }
        catch (ArgumentException exception)
        {
            faults.Add(new(Value.Origin, string.Join('.', Path), exception.Message));
            return tree;
        }
    }
}
