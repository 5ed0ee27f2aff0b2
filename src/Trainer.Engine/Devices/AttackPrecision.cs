using System.Text.Json.Serialization;

namespace Trainer.Engine.Devices;

/// <summary>What the network that training attacks go through computes in.</summary>
public enum AttackPrecision
{
    /// <summary>
    /// <see cref="BFloat16"/> on a CPU that has instructions for it, else <see cref="Float32"/>: results then differ
    /// between processors.
    /// </summary>
    Auto,

    /// <summary>The network in training itself.</summary>
    Float32,

    /// <summary>A copy of the network in bfloat16, renewed each step.</summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,
}
