using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Extensions;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Recipes.Schema;

/// <summary>
/// Makes the JSON schema of recipes, or of another kind of files, from the properties that they are bound to, for
/// completion and checks in editors. It asks for no key, because a file may leave everything to what it extends.
/// </summary>
public sealed class RecipeSchema
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private readonly ComponentRegistry registry;
    private readonly HashSet<Type> kinds = [];

    private RecipeSchema(ComponentRegistry registry) => this.registry = registry;

    /// <summary>The schema of a record, as indented JSON ending with a line feed.</summary>
    /// <param name="root">The file's record, whose name is in the title.</param>
    /// <param name="registry">The components that it may name.</param>
    public static string Write(Type root, ComponentRegistry registry)
    {
        var schema = new RecipeSchema(registry);
        var shape = RecipeShape.Of(root);
        var properties = schema.Properties(shape);
        properties["$schema"] = Text("This schema, for editors.");
        properties["extends"] = Described(new()
        {
            ["type"] = new JsonArray("string", "array"),
            ["items"] = new JsonObject { ["type"] = "string" }
        },
            "A file of this kind, or several, under this one; relative to this file. Later ones win, "
            + "and this file over all of them.");
        properties[ExtensionPaths.Key] = Described(new()
        {
            ["type"] = "array",
            ["items"] = new JsonObject { ["type"] = "string" }
        },
            "Assemblies with components of one's own, relative to this file.");
        if (shape.PassedThrough.Contains(RecipeShape.LogsSection))
            properties[RecipeShape.LogsSection] = Described(
                new() { ["type"] = "object" },
                "Logs, as Serilog.Settings.Configuration reads them, over the machine's settings.");
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = $"Trainer {root.Name.ToLowerInvariant()}",
            ["description"] = shape.Description,
            ["allowComments"] = true,
            ["allowTrailingCommas"] = true,
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = properties,
            ["definitions"] = schema.Definitions(),
        }.ToJsonString(Indented) + "\n";
    }

    /// <summary>The kinds of components that are named, also by other components, in the registry's order.</summary>
    private JsonObject Definitions()
    {
        var found = new Dictionary<Type, JsonObject>();
        while (kinds.FirstOrDefault(kind => !found.ContainsKey(kind)) is { } kind)
            found[kind] = Component(kind);
        return new([.. registry.Kinds.Where(found.ContainsKey).Select(kind =>
            KeyValuePair.Create(NameOf(kind), (JsonNode?)found[kind]))]);
    }

    private static string NameOf(Type kind) => ComponentRegistry.NameOf(kind).Replace(' ', '-');

    private static JsonObject Text(string description) => Described(new() { ["type"] = "string" }, description);

    private static JsonObject Described(JsonObject schema, string? description)
    {
        if (description is not null)
            schema["description"] = description;
        return schema;
    }

    /// <summary>
    /// Any of a kind's components; one that this schema does not know comes from an extension and may hold anything.
    /// </summary>
    private JsonObject Component(Type kind)
    {
        var names = registry.Names(kind);
        var unknown = new JsonObject { ["type"] = "string" };
        if (names.Count > 0)
            unknown["not"] = new JsonObject
            {
                ["enum"] = new JsonArray([.. names.Select(
                name => JsonValue.Create(name))])
            };
        var choices = new JsonArray([.. names.Select(name => Choice(
            name, RecipeShape.Of(registry.Find(kind, name)!)))]);
        choices.Add(Described(
            new() { ["enum"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]) },
            "A component by its name alone."));
        choices.Add(Described(new() { ["type"] = "string" }, "From an extension, by its name alone."));
        choices.Add(new JsonObject
        {
            ["description"] = "From an extension.",
            ["required"] = new JsonArray("type"),
            ["properties"] = new JsonObject { ["type"] = unknown },
        });
        return new() { ["type"] = new JsonArray("object", "string", "null"), ["anyOf"] = choices };
    }

    private JsonObject Choice(string name, RecipeShape shape)
    {
        var properties = Properties(shape);
        properties.Insert(0, "type", new JsonObject { ["const"] = name });
        return Described(new() { ["additionalProperties"] = false, ["properties"] = properties }, shape.Description);
    }

    private JsonObject Properties(RecipeShape shape)
    {
        var properties = new JsonObject();
        foreach (var option in shape.Options)
        {
            var schema = Described(Value(option.Type, option.Range), option.Description);
            if (option.Default is not null && RecipeValue.IsScalar(option.Type))
                schema["default"] = JsonNode.Parse(RecipeText.Line(RecipeValue.ToNode(option.Default)));
            properties[option.Key] = schema;
        }
        return properties;
    }

    private JsonObject Value(Type type, RangeRuleAttribute? range)
    {
        if (RecipeValue.IsComponent(type))
        {
            kinds.Add(type);
            return new()
            {
                ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = $"#/definitions/{NameOf(type)}" })
            };
        }
        if (RecipeValue.ItemOf(type) is { } item)
        {
            var list = new JsonObject { ["type"] = new JsonArray("array", "null"), ["items"] = Value(item, range) };
            return item.IsEnum ? new() { ["anyOf"] = new JsonArray(Value(item, range), list) } : list;
        }
        if (RecipeValue.IsBlock(type))
            return new()
            {
                ["type"] = new JsonArray("object", "null"),
                ["additionalProperties"] = false,
                ["properties"] = Properties(RecipeShape.Of(type))
            };
        if (type.IsEnum)
            return new()
            {
                ["enum"] = new JsonArray([.. RecipeValue.Words(type).Select(word => JsonValue.Create(word)),
                null])
            };
        return RecipeValue.IsNumber(type) ? Number(type, range)
            : new() { ["type"] = new JsonArray(type == typeof(bool) ? "boolean" : "string", "null") };
    }

    private static JsonObject Number(Type type, RangeRuleAttribute? range)
    {
        var whole = RecipeValue.IsWhole(type);
        var number = new JsonObject
        {
            ["type"] = whole ? new JsonArray("integer", "null")
            : new JsonArray("number", "string", "null")
        };
        if (!whole)
            number["pattern"] = "^[^/]+/[^/]+$";
        if (range is not null && double.IsFinite(range.Minimum))
            number[range.MinimumIsExcluded ? "exclusiveMinimum" : "minimum"] = range.Minimum;
        if (range is not null && double.IsFinite(range.Maximum))
            number[range.MaximumIsExcluded ? "exclusiveMaximum" : "maximum"] = range.Maximum;
        return number;
    }
}
