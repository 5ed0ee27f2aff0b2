using System.Text.Json.Serialization;
using Trainer.Robustness.Threats;

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
    /// <summary>Joins the threat models of a line that has several.</summary>
    public const string And = " and ";

    /// <summary>
    /// The threat model: "linf 0.05"; of images that are robust under each of several, "linf 0.05 and l2 1". Null in
    /// lines of earlier versions, where it is the recipe's.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Threat { get; init; }

    /// <summary>
    /// Each attack with all of its options, as the ledger's identity has it. Null in lines of earlier versions, and
    /// where several measurements are joined.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Attacks { get; init; }

    /// <summary>Which of the test images; left out where they are the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subset { get; init; }

    /// <summary>The words for several threat models at once.</summary>
    internal static string Of(IEnumerable<ThreatModel> threats) => string.Join(And, threats);
}
