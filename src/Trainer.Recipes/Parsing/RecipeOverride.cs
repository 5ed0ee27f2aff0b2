using System.Text.Json;

namespace Trainer.Recipes.Parsing;

/// <summary>One value set from outside the files: by <c>--set path=value</c> or an environment variable.</summary>
internal sealed record RecipeOverride(string[] Path, RecipeNode Value)
{
    private const string Prefix = "TRAINER__";
    private const int Longest = 60;

    /// <summary>The option or variable with its value, as it was written where that is short.</summary>
    public required string Written { get; init; }

    /// <summary>
    /// The values in the order in which they are laid over the files: choices of a component come first, outer before
    /// inner, because another component clears what is in it, as another norm does with ε; the rest keep their order.
    /// </summary>
    public static IReadOnlyList<RecipeOverride> InOrder(RecipeSource source, List<RecipeFault> faults)
    {
        var read = Read(source, faults);
        return [.. read.OrderBy(change => change.Depth(read))];
    }

    /// <summary>
    /// How deep the component is nested that this chooses, by its type, whole, by its name alone or as null; the
    /// largest number where it chooses none.
    /// </summary>
    private int Depth(IReadOnlyList<RecipeOverride> others)
    {
        if (Path[^1] is "type" or "norm")
            return Path.Length - 1;
        // A string or null is a component's only where another value is one: one with a type in the same place, or any
        // inside of it.
        var chooses = Value["type"] is not null
            || (Value.Kind is JsonValueKind.String or JsonValueKind.Null && others.Any(other =>
            other.Path.AsSpan().StartsWith(Path) && (other.Path.Length > Path.Length
            || other.Value["type"] is not null)));
        return chooses ? Path.Length : int.MaxValue;
    }

    private static List<RecipeOverride> Read(RecipeSource source, List<RecipeFault> faults)
    {
        var overrides = new List<RecipeOverride>();
        foreach (var (name, value) in source.Environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
                Add(name[Prefix.Length..].Split("__"), value, new(name), "TRAINER__train__epochs=3");
        AddOptions(overSet: false);
        foreach (var text in source.Set)
            if (text.Split('=', 2) is [var path, var value])
                Add(
                    RecipePath.Split(path), value, new(RecipeFault.OptionOf(path)) { Folder = source.SetFolder },
                    "--set train.epochs=3");
            else
                faults.Add(new(
                    new($"--set {text}"), "", "found no \"=\", expected path=value, as in --set train.epochs=3"));
        AddOptions(overSet: true);
        return overrides;

        void AddOptions(bool overSet)
        {
            foreach (var option in source.Options.Where(option => option.OverSet == overSet))
            {
                var origin = new Origin(option.Option, Root: option.Root);
                var value = RecipeParser.ParseValue(option.Value, origin, option.Path, faults);
                overrides.Add(new(RecipePath.Split(option.Path), value) { Written = option.Option });
            }
        }

        void Add(string[] path, string value, Origin origin, string example)
        {
            if (path.Any(string.IsNullOrWhiteSpace))
                faults.Add(new(origin, "", $"found an empty name in the path, expected one like {example}"));
            else if (path[0] is "extends" or "$schema")
                faults.Add(new(origin, path[0], "is allowed in a recipe's file only"));
            else
                overrides.Add(new(path, RecipeParser.ParseValue(value, origin, string.Join('.', path), faults))
                {
                    Written = value.Length > Longest ? origin.Source : $"{origin.Source}={value}",
                });
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
