using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trainer.Engine.Metrics;

/// <summary>One line of metrics.jsonl. A metric that was not computed, or is not finite, is null.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(StepMetrics), "step")]
[JsonDerivedType(typeof(EpochMetrics), "epoch")]
[JsonDerivedType(typeof(FinalMetrics), "final")]
public abstract record MetricLine
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new FiniteConverter() },
    };

    private protected MetricLine()
    {
    }

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    /// <exception cref="JsonException">It is not such a line.</exception>
    internal static MetricLine Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<MetricLine>(json, Options) ?? throw new JsonException("null is not a line of "
        + "metrics");
}
