using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>The setup of a run: the recipe in a few lines.</summary>
internal static class SetupSection
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly (string Key, string Name)[] Parts =
    [
        ("data", "data"), ("model", "network"), ("threat", "threat model"), ("objective", "objective"),
            ("batchNorm", "batch norm"), ("optimizer", "optimiser"),
        ("schedule", "schedule"), ("average", "average"), ("train", "training"), ("seed", "seed"),
    ];

    public static Html Of(RunRecord run) => Html.Of($"""
        <section>
        <h2>Setup</h2>
        <div class="wide"><table class="pairs"><tbody>
        {Parts.Where(part => run.Recipe[part.Key] is not null).Select(part => Html.Of($"""
            <tr><th scope="row">{part.Name}</th><td>{(part.Key == "threat" ? Html.Of($"{Format.Threat(run.Recipe)}")
            : Words(run.Recipe[part.Key]))}</td></tr>

            """))}</tbody></table></div>
        </section>

        """);

    /// <summary>A part of a recipe in a line: its type first, then what is set; what is null is left out.</summary>
    internal static Html Words(JsonNode? part) => part switch
    {
        JsonObject node => Html.Of($"""
            {((string?)node["type"] is { } type ? Html.Of($"<strong>{type}</strong>") : Html.Empty)}{node.Where(member => member.Key != "type" && member.Value is not null)
                .Select((member, index) => Html.Of($"{(index == 0 && node["type"] is null ? "" : index == 0 ? ": " : ", ")}{member.Key} {Inner(member.Value!)}"))}
            """),
        null => Html.Of($"{Format.None}"),
        _ => Inner(part),
    };

    private static Html Inner(JsonNode value) => value switch
    {
        JsonObject => Html.Of($"({Words(value)})"),
        JsonArray { Count: 0 } => Html.Of($"none"),
        JsonArray array =>
        Html.Join(array.Select(
        (item, index) =>
        Html.Of($"{(index == 0 ? "" : ", ")}{(item is null ? Html.Of($"{Format.None}") : Inner(item))}"))),
        JsonValue text when text.TryGetValue<string>(out var word) => Html.Of($"{word}"),
        _ => Html.Of($"{value.ToJsonString(Compact)}"),
    };
}
