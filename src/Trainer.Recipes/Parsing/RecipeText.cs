using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Trainer.Recipes.Parsing;

/// <summary>Writes a recipe's tree as JSON.</summary>
public static class RecipeText
{
    /// <summary>Indented JSON in the tree's own order of keys, ending with a line feed.</summary>
    public static string Write(RecipeNode tree) =>
        Encoding.UTF8.GetString(Bytes(tree, indented: true, sorted: false)) + "\n";

    /// <summary>Compact JSON with sorted keys: equal for equal trees.</summary>
    internal static byte[] Canonical(RecipeNode tree) => Bytes(tree, indented: false, sorted: true);

    /// <summary>One value as JSON on one line.</summary>
    public static string Line(RecipeNode node) => Encoding.UTF8.GetString(Bytes(node, indented: false, sorted: false));

    private static byte[] Bytes(RecipeNode tree, bool indented, bool sorted)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream,
            new() { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(writer, tree, sorted);
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, RecipeNode node, bool sorted)
    {
        switch (node.Kind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                var members = node.Members.AsEnumerable();
                foreach (var (key, value) in sorted
                    ? members.OrderBy(member => member.Key, StringComparer.Ordinal)
                    : members)
                {
                    writer.WritePropertyName(key);
                    Write(writer, value, sorted);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in node.Items)
                    Write(writer, item, sorted);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(node.Text);
                break;
            default:
                writer.WriteRawValue(node.Text);
                break;
        }
    }
}
