using System.Text;
using System.Text.Json;

namespace Trainer.Recipes.Parsing;

/// <summary>What is wrong with a text that is not valid JSON, in few words and without the parser's own.</summary>
public static class JsonProblem
{
    private const string Escape = "another character after the backslash: write \\\\ for a backslash, or / in a path";

    // What the parser's message states, and what would have been right in that place.
    private static readonly (string Message, string Expected)[] Expectations =
    [
        ("start of a property name", "a key in double quotation marks"),
        ("start of a value", "a value, with text in double quotation marks"),
        ("after a value", "a comma or a closing bracket"),
        ("after a single JSON value", "nothing more"),
        ("after a property name", "a colon"),
        ("escapable character", Escape),
        ("is not a hex digit", Escape),
        ("is invalid within a JSON string", "a quotation mark that ends the text, or \\n or \\t in it"),
    ];

    /// <summary>As half a sentence: what was found at which column, and what was expected.</summary>
    /// <param name="json">The text.</param>
    /// <param name="exception">What the parser threw.</param>
    public static string Describe(ReadOnlySpan<byte> json, JsonException exception)
    {
        if (exception.BytePositionInLine is not { } column)
            return exception.Message.TrimEnd('.');
        var rest = json;
        for (var line = exception.LineNumber ?? 0; line > 0; line--)
            rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
        rest = rest[(int)Math.Min(column, rest.Length)..];
        if (rest.TrimStart(" \t\r\n"u8).IsEmpty)
            return "found the end of the text, expected more: close each brace, bracket and quotation mark";
        Rune.DecodeFromUtf8(rest, out var found, out _);
        var expected = Expectations.FirstOrDefault(known => exception.Message.Contains(
            known.Message, StringComparison.Ordinal));
        var name = Rune.IsControl(found) ? $"the control character {found.Value}" : $"'{found}'";
        return $"found {name} in column {column + 1}, expected {expected.Expected ?? "what JSON allows"}";
    }
}
