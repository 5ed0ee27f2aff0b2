using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Trainer.Engine.Recipes;

/// <summary>Copies a recipe's text to another place, so that its relative paths still lead to the same files.</summary>
public static class RecipeCopy
{
    /// <summary>The text of the copy: comments and layout as they were, name and relative paths changed, below a line that says where it comes from.</summary>
    /// <param name="from">The recipe's file.</param>
    /// <param name="to">Where the copy will lie; the file's name becomes the recipe's.</param>
    /// <exception cref="TrainerException">The recipe is missing, or is not JSON.</exception>
    public static string Rewrite(string from, string to)
    {
        var faults = new List<RecipeFault>();
        RecipeFile.Read(from, faults);
        RecipeFault.ThrowIfAny(faults);
        var json = File.ReadAllBytes(from);
        var name = Quote(Path.GetFileNameWithoutExtension(to));
        var mark = json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        var texts = TopLevelTexts(json, mark, out var inside);
        var copy = new StringBuilder();
        var copied = 0;
        Replace(mark, 0, $"// Copied from {Relocate(Path.GetFileName(from), Folder(from), Folder(to))}: figures in the comments are that recipe's.\n");
        if (!texts.Exists(text => text.Key == "name")) // it comes from a recipe that this one extends
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

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static string Folder(string file) => Path.GetDirectoryName(Path.GetFullPath(file))!;

    private static string Relocate(string path, string from, string to) =>
        Path.IsPathRooted(path) || path.Contains("://", StringComparison.Ordinal) ? path
            : Path.GetRelativePath(to, Path.GetFullPath(path, from)).Replace('\\', '/');

    /// <summary>The strings to change: name, $schema, extends and extensions, with where they stand in the bytes.</summary>
    /// <param name="json">The recipe.</param>
    /// <param name="mark">The length of the byte-order mark.</param>
    /// <param name="inside">The place after the outermost brace.</param>
    private static List<(int Start, int Length, string Key, string Text)> TopLevelTexts(byte[] json, int mark, out int inside)
    {
        var reader = new Utf8JsonReader(json.AsSpan(mark), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        reader.Read();
        inside = (int)reader.BytesConsumed + mark;
        var found = new List<(int, int, string, string)>();
        var key = "";
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                key = reader.GetString()!;
            else if (reader.TokenType == JsonTokenType.String
                && (reader.CurrentDepth == 1 ? key is "name" or "$schema" or "extends" : reader.CurrentDepth == 2 && key is "extends" or ExtensionPaths.Key))
                found.Add(((int)reader.TokenStartIndex + mark, reader.ValueSpan.Length + 2, key, reader.GetString()!));
        }
        return found;
    }
}
