using System.Text.Json.Serialization;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>What a masking check found.</summary>
public enum CheckVerdict
{
    /// <summary>The value is not above its threshold.</summary>
    [JsonStringEnumMemberName("passed")]
    Passed,

    /// <summary>The value is above its threshold: the robust accuracy under gradient attacks may be false.</summary>
    [JsonStringEnumMemberName("flagged")]
    Flagged,

    /// <summary>The check does not apply to this network or these images.</summary>
    [JsonStringEnumMemberName("not applicable")]
    NotApplicable,
}
