using System.Text;
using System.Text.Json;

namespace Trainer.Engine.Recipes;

/// <summary>Reads JSON with comments and trailing commas into a tree that knows its lines, and refuses duplicate keys.</summary>
internal ref struct RecipeParser
{
    private readonly string source;
    private readonly bool countLines;
    private readonly ReadOnlySpan<byte> json;
    private readonly List<RecipeFault> faults;
    private Utf8JsonReader reader;
    private int counted;
    private int line = 1;

    private RecipeParser(ReadOnlySpan<byte> json, string source, bool countLines, List<RecipeFault> faults)
    {
        this.source = source;
        this.countLines = countLines;
        this.json = json;
        this.faults = faults;
        reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
    }

    /// <summary>Reads a file's bytes. A syntax error or a duplicate key becomes a fault; after a syntax error the result is null.</summary>
    public static RecipeNode? ParseFile(ReadOnlySpan<byte> json, string source, List<RecipeFault> faults)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble))
            json = json[Encoding.UTF8.Preamble.Length..];
        try
        {
            return new RecipeParser(json, source, countLines: true, faults).ReadDocument("");
        }
        catch (JsonException exception)
        {
            faults.Add(new(new(source, (int)(exception.LineNumber ?? 0) + 1), "", $"not valid JSON: {Explain(exception)}"));
            return null;
        }
    }

    /// <summary>Reads one value of the command line or the environment: JSON where it parses, else a string.</summary>
    public static RecipeNode ParseValue(string text, string source, string path, List<RecipeFault> faults)
    {
        try
        {
            return new RecipeParser(Encoding.UTF8.GetBytes(text), source, countLines: false, faults).ReadDocument(path);
        }
        catch (JsonException)
        {
            return RecipeNode.String(new(source), text);
        }
    }

    private static string Explain(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? exception.Message : exception.Message[..end]).TrimEnd('.');
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
            JsonTokenType.String => RecipeNode.String(origin, ReadText()),
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
                    ? $"the key stands twice, first on line {lines[key]}; keep one of them"
                    : "the key stands twice; keep one of them"));
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

    private string ReadText()
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("a string holds half a surrogate pair, or bytes that are not UTF-8", null, Here().Line - 1, null, exception);
        }
    }

    private Origin Here()
    {
        if (!countLines)
            return new(source);
        var start = (int)reader.TokenStartIndex;
        line += json[counted..start].Count((byte)'\n');
        counted = start;
        return new(source, line);
    }
}
