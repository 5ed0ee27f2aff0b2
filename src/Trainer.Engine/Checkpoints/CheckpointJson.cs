using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trainer.Engine.Devices;

namespace Trainer.Engine.Checkpoints;

/// <summary>How state.json and manifest.json are written.</summary>
internal static class CheckpointJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        Converters =
        {
            new JsonStringEnumConverter<NextAction>(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
            new JsonStringEnumConverter<AttackPrecision>(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
        },
    };
}
