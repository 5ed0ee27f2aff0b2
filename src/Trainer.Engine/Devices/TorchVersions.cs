using System.Reflection;

namespace Trainer.Engine.Devices;

/// <summary>What a run computes with: recorded in every checkpoint, because another may give other last bits.</summary>
public static class TorchVersions
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> software = new(() => new Dictionary<string, string>
    {
        ["trainer"] = Trainer,
        ["torch"] = Provider,
        ["libtorch"] = __version__,
        ["runtime"] = Environment.Version.ToString(),
    });

    /// <summary>Versions by name. Loads libtorch.</summary>
    public static IReadOnlyDictionary<string, string> Software => software.Value;

    /// <summary>The same, and the processor's instructions.</summary>
    public static IReadOnlyDictionary<string, string> All => new Dictionary<string, string>(Software) { ["instructions"] = Processor.Instructions };

    /// <summary>This program's version.</summary>
    public static string Trainer => typeof(TorchVersions).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>The provider: TorchSharp itself, or the subset over the machine's own libtorch.</summary>
    public static string Provider =>
        typeof(TorchSharp.torch).Assembly.GetCustomAttribute<AssemblyProductAttribute>()?.Product ?? "TorchSharp";
}
