using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Extensions;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Recipes;

/// <summary>Copies a recipe's text to another place, so that its relative paths still name the same files.</summary>
public static class RecipeCopy
{
    // No recipe has it, and every study does.
    private const string StudyKey = "recipes";

    /// <summary>
    /// The text of the copy: a first line that names the original, then the original with its name and relative paths
    /// changed and comments and layout kept.
    /// </summary>
    /// <param name="from">The recipe's file.</param>
    /// <param name="to">The file of the copy; its name becomes the recipe's.</param>
    /// <param name="registry">The components whose options may name files.</param>
    /// <exception cref="TrainerException">The recipe is missing, or is not JSON.</exception>
    public static string Rewrite(string from, string to, ComponentRegistry registry)
    {
        var faults = new List<RecipeFault>();
        if (RecipeFile.Read(from, faults)[StudyKey] is { } recipes)
            faults.Add(new(recipes.Origin, StudyKey, "found a study, expected a recipe; copy a recipe that it names, "
                + "or make a copy of the study in the same folder, where its paths stay right"));
        RecipeFault.ThrowIfAny(faults);
        var json = File.ReadAllBytes(from);
        var name = Quote(Path.GetFileNameWithoutExtension(to));
        var mark = json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        var texts = TextsToChange(json, mark, PathKeys(registry), out var inside);
        var copy = new StringBuilder();
        var copied = 0;
        Replace(mark, 0, $"// Copied from {Relocate(Path.GetFileName(from), Folder(from), Folder(to))}: "
            + "results in the comments are of that recipe.\n");
        if (!texts.Exists(text => text.Key == "name")) // the name is that of a recipe which this one extends
            Replace(inside, 0, $"\n  \"name\": {name},");
        foreach (var (start, length, key, text) in texts)
            Replace(start, length, key == "name" ? name : Quote(Relocate(text, Folder(from), Folder(to))));
        return copy.Append(Encoding.UTF8.GetString(json, copied, json.Length - copied)).ToString();

        void Replace(int start, int length, string by)
        {
            copy.Append(Encoding.UTF8.GetString(json, copied, start - copied)).Append(by);
            copied = start + length;
        }
    }

    private static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static string Folder(string file) => Path.GetDirectoryName(Path.GetFullPath(file))!;

    private static string Relocate(string path, string from, string to) =>
        Path.IsPathRooted(path) || path.Contains("://", StringComparison.Ordinal) ? path
            : Path.GetRelativePath(to, Path.GetFullPath(path, from)).Replace('\\', '/');

    /// <summary>
    /// The keys by which components, and blocks inside them, name files and folders; those of models begin with
    /// "model.", because evaluate has a key weights that is none.
    /// </summary>
    private static HashSet<string> PathKeys(ComponentRegistry registry) =>
        [.. from kind in registry.Kinds
            from name in registry.Names(kind)
            from option in Options(registry.Find(kind, name)!)
            where option.IsPath
            select ComponentRegistry.NameOf(kind) == "models" ? $"model.{option.Key}" : option.Key];

    private static IEnumerable<RecipeOption> Options(Type type) => RecipeShape.Of(type).Options
        .SelectMany(option => RecipeValue.IsBlock(option.Type) ? Options(option.Type) : [option]);

    private static bool IsToChange(int depth, string section, string key, HashSet<string> pathKeys) => section switch
    {
        "name" or "$schema" => depth == 1,
        "extends" or ExtensionPaths.Key => depth <= 2,
        "data" or "objective" or "evaluate" => depth > 1 && pathKeys.Contains(key),
        "model" => depth > 1 && pathKeys.Contains($"model.{key}"),
        _ => false,
    };

    /// <summary>
    /// The strings to change: name, $schema, extends, extensions and the paths of data, weights and other runs, with
    /// their positions in the bytes.
    /// </summary>
    /// <param name="json">The recipe.</param>
    /// <param name="mark">The length of the byte-order mark.</param>
    /// <param name="pathKeys">The keys that name files and folders.</param>
    /// <param name="inside">The position after the outermost brace.</param>
    private static List<(int Start, int Length, string Key, string Text)> TextsToChange(
        byte[] json, int mark, HashSet<string> pathKeys, out int inside)
    {
        var reader = new Utf8JsonReader(json.AsSpan(mark), new()
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
        });
        reader.Read();
        inside = (int)reader.BytesConsumed + mark;
        var found = new List<(int, int, string, string)>();
        var (section, key) = ("", "");
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
                (section, key) = (reader.CurrentDepth == 1 ? reader.GetString()! : section, reader.GetString()!);
            else if (reader.TokenType == JsonTokenType.String
                && IsToChange(reader.CurrentDepth, section, key, pathKeys))
                found.Add(((int)reader.TokenStartIndex + mark, reader.ValueSpan.Length + 2, reader.CurrentDepth == 1
                    ? section : "", reader.GetString()!));
        }
        return found;
    }
}
