using System.Text.Json.Serialization;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>What a masking check found.</summary>
public enum CheckVerdict
{
    /// <summary>Nothing to object to.</summary>
    [JsonStringEnumMemberName("passed")]
    Passed,

    /// <summary>The figure is beyond its threshold: the robustness that attacks by the gradient show may be false.</summary>
    [JsonStringEnumMemberName("flagged")]
    Flagged,

    /// <summary>The check means nothing for this network or these images.</summary>
    [JsonStringEnumMemberName("not applicable")]
    NotApplicable,
}
