using System.Text.Json;

namespace Trainer.Recipes.Parsing;

/// <summary>One value of a recipe's JSON tree, with where it came from. Immutable.</summary>
public sealed class RecipeNode
{
    private RecipeNode(JsonValueKind kind, Origin origin) => (Kind, Origin) = (kind, origin);

    /// <summary>Object, array, string, number, true, false or null.</summary>
    public JsonValueKind Kind { get; }

    /// <summary>Where the value was written; for an object, where it begins.</summary>
    public Origin Origin { get; private init; }

    /// <summary>An object's members, in order; empty for everything else.</summary>
    public IReadOnlyList<KeyValuePair<string, RecipeNode>> Members { get; private init; } = [];

    /// <summary>An array's items; empty for everything else.</summary>
    public IReadOnlyList<RecipeNode> Items { get; private init; } = [];

    /// <summary>
    /// A string's characters, or a number, true, false and null as JSON; empty for objects and arrays.
    /// </summary>
    public string Text { get; private init; } = "";

    /// <summary>
    /// How the value was written, where the resolved recipe holds it in another form: "8/255" for 0.0313….
    /// </summary>
    public string? Written { get; private init; }

    /// <summary>Whether the value names a file or folder, or is null in the place of such a name.</summary>
    internal bool IsPath { get; private init; }

    /// <summary>Whether this is JSON's null.</summary>
    public bool IsNull => Kind == JsonValueKind.Null;

    /// <summary>The member of that name, or null where there is none.</summary>
    public RecipeNode? this[string key]
    {
        get
        {
            foreach (var member in Members)
                if (member.Key == key)
                    return member.Value;
            return null;
        }
    }

    /// <summary>An object.</summary>
    public static RecipeNode Object(Origin origin, IEnumerable<KeyValuePair<string, RecipeNode>> members) =>
        new(JsonValueKind.Object, origin) { Members = [.. members] };

    /// <summary>An array.</summary>
    public static RecipeNode Array(Origin origin, IEnumerable<RecipeNode> items) =>
        new(JsonValueKind.Array, origin) { Items = [.. items] };

    /// <summary>A string.</summary>
    public static RecipeNode String(Origin origin, string text) => new(JsonValueKind.String, origin) { Text = text };

    /// <summary>A component by its name alone: the object of that type.</summary>
    /// <param name="name">A string.</param>
    public static RecipeNode Component(RecipeNode name) => Object(name.Origin, [new("type", name)]);

    /// <summary>A number, by its JSON text.</summary>
    /// <param name="origin">Where it was written.</param>
    /// <param name="json">The number as JSON.</param>
    /// <param name="written">How it was written, where that differs.</param>
    public static RecipeNode Number(Origin origin, string json, string? written = null) =>
        new(JsonValueKind.Number, origin) { Text = json, Written = written == json ? null : written };

    /// <summary>True or false.</summary>
    public static RecipeNode Boolean(Origin origin, bool value) =>
        new(value ? JsonValueKind.True : JsonValueKind.False, origin) { Text = value ? "true" : "false" };

    /// <summary>Null.</summary>
    public static RecipeNode Null(Origin origin) => new(JsonValueKind.Null, origin) { Text = "null" };

    /// <summary>The same text or null as the name of a file or folder.</summary>
    internal RecipeNode AsPath(string? absolute) => new(Kind, Origin) { Text = absolute ?? Text, IsPath = true };

    /// <summary>The same object without the names of files and folders, at any depth.</summary>
    internal RecipeNode WithoutPaths() => Object(Origin, Members
        .Where(member => !member.Value.IsPath)
        .Select(member =>
        KeyValuePair.Create(
        member.Key, member.Value.Kind == JsonValueKind.Object ? member.Value.WithoutPaths() : member.Value)));

    /// <summary>The same object without the named members.</summary>
    public RecipeNode Without(params ReadOnlySpan<string> keys)
    {
        var kept = new List<KeyValuePair<string, RecipeNode>>();
        foreach (var member in Members)
            if (!keys.Contains(member.Key))
                kept.Add(member);
        return Object(Origin, kept);
    }

    /// <summary>The same object with one member replaced, or added at the end.</summary>
    public RecipeNode With(string key, RecipeNode value)
    {
        var members = Members.ToList();
        var at = members.FindIndex(member => member.Key == key);
        if (at < 0)
            members.Add(new(key, value));
        else
            members[at] = new(key, value);
        return Object(Origin, members);
    }

    /// <summary>The value in few words, for messages: "three", 12, an object, a list.</summary>
    public string Describe() => Kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"\"{(Text.Length > 60 ? Text[..60] + "…" : Text)}\"",
        _ => Text,
    };
}
