using System.Text.Json.Serialization;

namespace Trainer.Engine.Recipes;

/// <summary>The figure by which the best checkpoint is chosen: always on held-out training images, never on test images.</summary>
public enum MonitoredFigure
{
    /// <summary>Robust accuracy on the held-out images.</summary>
    [JsonStringEnumMemberName("validation.robust")]
    ValidationRobust,

    /// <summary>Clean accuracy on the held-out images.</summary>
    [JsonStringEnumMemberName("validation.clean")]
    ValidationClean,
}
