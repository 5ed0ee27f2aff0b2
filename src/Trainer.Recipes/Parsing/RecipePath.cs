namespace Trainer.Recipes.Parsing;

/// <summary>Places inside a recipe: "evaluate.attacks[0].steps".</summary>
internal static class RecipePath
{
    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>The keys and indices of a path; an index may be written <c>[0]</c> or <c>.0</c>.</summary>
    public static string[] Split(string path) =>
        path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');

    /// <summary>Whether a path is the given one or inside it.</summary>
    public static bool IsWithin(string path, string outer) =>
        path.StartsWith(outer, StringComparison.Ordinal)
        && (path.Length == outer.Length || path[outer.Length] is '.' or '[');
}
