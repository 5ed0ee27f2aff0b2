using System.Text.Json.Serialization;

namespace Trainer.Engine.Checkpoints;

/// <summary>
/// The metric by which the best checkpoint is chosen: always on held-out training images, never on test images.
/// </summary>
public enum MonitoredMetric
{
    /// <summary>Robust accuracy on the held-out images.</summary>
    [JsonStringEnumMemberName("validation.robust")]
    ValidationRobust,

    /// <summary>Clean accuracy on the held-out images.</summary>
    [JsonStringEnumMemberName("validation.clean")]
    ValidationClean,

    /// <summary>The average certified radius of the smoothed network: <c>evaluate.certify</c>.</summary>
    [JsonStringEnumMemberName("validation.certified")]
    ValidationCertified,

    /// <summary>Verified accuracy on the held-out images: <c>evaluate.verify</c>.</summary>
    [JsonStringEnumMemberName("validation.verified")]
    ValidationVerified,
}
