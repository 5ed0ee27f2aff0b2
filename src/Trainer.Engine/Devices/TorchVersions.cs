using System.Reflection;
using Trainer.Robustness.Native;

namespace Trainer.Engine.Devices;

/// <summary>What a run computes with: recorded in every checkpoint, because another may give other last bits.</summary>
public static class TorchVersions
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> Collected =
        new(() => new Dictionary<string, string>
        {
            ["trainer"] = Trainer,
            ["torchsharp"] = TorchSharp,
            ["libtorch"] = Libtorch.Load().Version,
            ["runtime"] = Environment.Version.ToString(),
        });

    /// <summary>Versions by name. Loads libtorch.</summary>
    public static IReadOnlyDictionary<string, string> Software => Collected.Value;

    /// <summary>The same, and the processor's instructions.</summary>
    public static IReadOnlyDictionary<string, string> All =>
        new Dictionary<string, string>(Software) { ["instructions"] = Processor.Instructions };

    /// <summary>This program's version.</summary>
    public static string Trainer => typeof(TorchVersions).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>TorchSharp's version.</summary>
    public static string TorchSharp =>
        typeof(TorchSharp.torch)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "unknown";
}
