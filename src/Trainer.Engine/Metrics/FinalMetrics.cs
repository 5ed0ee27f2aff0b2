using System.Text.Json.Serialization;

namespace Trainer.Engine.Metrics;

/// <summary>The final evaluation of one checkpoint.</summary>
/// <param name="Checkpoint"><c>best</c> or <c>last</c>.</param>
/// <param name="Test">On the test images that were attacked.</param>
/// <param name="AllTest">Clean accuracy on every test image; left out where null.</param>
public sealed record FinalMetrics(
    string Checkpoint,
    AccuracyMetrics Test,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AccuracyMetrics? AllTest = null)
    : MetricLine
{
    /// <summary>The threat model: "linf 0.05". Null in lines of earlier versions, where it is the recipe's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Threat { get; init; }
}
