using System.Text;
using System.Text.Json;

namespace Trainer.Recipes.Parsing;

/// <summary>
/// Reads JSON with comments and trailing commas into a tree that knows its lines, and refuses duplicate keys.
/// </summary>
internal ref struct RecipeParser
{
    private readonly Origin source;
    private readonly bool countLines;
    private readonly ReadOnlySpan<byte> json;
    private readonly List<RecipeFault> faults;
    private Utf8JsonReader reader;
    private int counted;
    private int line = 1;

    private RecipeParser(ReadOnlySpan<byte> json, Origin source, bool countLines, List<RecipeFault> faults)
    {
        this.source = source;
        this.countLines = countLines;
        this.json = json;
        this.faults = faults;
        reader = new Utf8JsonReader(json, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
        });
    }

    /// <summary>
    /// Reads a file's bytes. A syntax error or a duplicate key becomes a fault; after a syntax error the result is
    /// null.
    /// </summary>
    public static RecipeNode? ParseFile(
        ReadOnlySpan<byte> json, string source, List<RecipeFault> faults, bool countLines = true)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble))
            json = json[Encoding.UTF8.Preamble.Length..];
        try
        {
            return new RecipeParser(json, new(source), countLines, faults).ReadDocument("");
        }
        catch (JsonException exception)
        {
            var line = countLines ? (int)(exception.LineNumber ?? 0) + 1 : 0;
            var problem = JsonProblem.Describe(json, exception);
            faults.Add(new(new(source, line), "", $"not valid JSON: {problem}; correct it there"));
            return null;
        }
    }

    /// <summary>Reads one value of the command line or the environment: JSON where it parses, else a string.</summary>
    public static RecipeNode ParseValue(string text, Origin source, string path, List<RecipeFault> faults)
    {
        try
        {
            return new RecipeParser(Encoding.UTF8.GetBytes(text), source, countLines: false, faults).ReadDocument(path);
        }
        catch (JsonException)
        {
            return RecipeNode.String(source, text);
        }
    }

    private RecipeNode ReadDocument(string path)
    {
        reader.Read();
        var node = ReadValue(path);
        while (reader.Read()) // a second value is a JsonException
        {
        }
        return node;
    }

    private RecipeNode ReadValue(string path)
    {
        var origin = Here();
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(origin, path),
            JsonTokenType.StartArray => ReadArray(origin, path),
            JsonTokenType.String => RecipeNode.String(origin, ReadValueText(origin, path)),
            JsonTokenType.Number => RecipeNode.Number(origin, Encoding.UTF8.GetString(reader.ValueSpan)),
            JsonTokenType.Null => RecipeNode.Null(origin),
            _ => RecipeNode.Boolean(origin, reader.TokenType == JsonTokenType.True),
        };
    }

    private RecipeNode ReadObject(Origin origin, string path)
    {
        var members = new List<KeyValuePair<string, RecipeNode>>();
        var lines = new Dictionary<string, int>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = ReadText();
            var keyOrigin = Here();
            reader.Read();
            var value = ReadValue(RecipePath.Join(path, key));
            if (lines.TryAdd(key, keyOrigin.Line))
                members.Add(new(key, value));
            else
                faults.Add(new(keyOrigin, RecipePath.Join(path, key), lines[key] > 0
                    ? $"the key is given twice, first on line {lines[key]}; keep one of them"
                    : "the key is given twice; keep one of them"));
        }
        return RecipeNode.Object(origin, members);
    }

    private RecipeNode ReadArray(Origin origin, string path)
    {
        var items = new List<RecipeNode>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(ReadValue($"{path}[{items.Count}]"));
        return RecipeNode.Array(origin, items);
    }

    /// <summary>No name, path or word holds NUL, and file names with it are refused by the system itself.</summary>
    private string ReadValueText(Origin origin, string path)
    {
        var text = ReadText();
        if (!text.Contains('\0', StringComparison.Ordinal))
            return text;
        faults.Add(new(origin, path, "found text with the character NUL (\\u0000), expected text without it"));
        return text.Replace('\0', '\uFFFD');
    }

    private string ReadText()
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            const string problem = "found half a surrogate pair, or bytes that are not UTF-8, in a string";
            throw new JsonException(problem, null, Here().Line - 1, null, exception);
        }
    }

    private Origin Here()
    {
        if (!countLines)
            return source;
        var start = (int)reader.TokenStartIndex;
        line += json[counted..start].Count((byte)'\n');
        counted = start;
        return source with { Line = line };
    }
}
