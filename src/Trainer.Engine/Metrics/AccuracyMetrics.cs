using System.Text.Json.Serialization;

namespace Trainer.Engine.Metrics;

/// <summary>Clean and robust accuracy on some examples.</summary>
/// <param name="Examples">How many.</param>
/// <param name="Clean">Accuracy without an attack, 0 to 1.</param>
/// <param name="Robust">Accuracy under the attack, 0 to 1; null where there was none.</param>
/// <param name="Attack">Its name.</param>
/// <param name="Interval">Ends of the 95 % interval of the robust accuracy; left out where null.</param>
/// <param name="Whole">The same on all held-out examples, of which these are a part; left out where null.</param>
/// <param name="Certified">Of the smoothed network; left out where null.</param>
public sealed record AccuracyMetrics(
    int Examples,
    double? Clean,
    double? Robust,
    string? Attack,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<double>? Interval = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AccuracyMetrics? Whole = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CertifiedMetrics? Certified = null)
{
    /// <summary>
    /// The share of the examples that are of their most frequent class; null where it is not known. Not written.
    /// </summary>
    [JsonIgnore]
    public double? Majority { get; init; }

    /// <summary>What the recipe's poison does to the same examples; left out where null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BackdoorMetrics? Backdoor { get; init; }

    /// <summary>
    /// The robust accuracy under each of several threat models, by their words, where <see cref="Robust"/> is of all of
    /// them; left out where null.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? ByThreat { get; init; }

    /// <summary>The words for those threat models; null where there is one, the recipe's. Not written.</summary>
    [JsonIgnore]
    public string? Threats => ByThreat is null ? null : string.Join(FinalMetrics.And, ByThreat.Keys);

    /// <summary>What bounds verify; left out where null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VerifiedMetrics? Verified { get; init; }
}
