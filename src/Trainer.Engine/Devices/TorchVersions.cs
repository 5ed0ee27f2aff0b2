using System.Reflection;

namespace Trainer.Engine.Devices;

/// <summary>What a run computes with: recorded in every checkpoint, because other versions may give other last bits.</summary>
public static class TorchVersions
{
    /// <summary>Versions by name.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["trainer"] = typeof(TorchVersions).Assembly.GetName().Version?.ToString(3) ?? "unknown",
        ["torch"] = Provider,
        ["libtorch"] = __version__,
        ["instructions"] = Processor.Instructions,
        ["runtime"] = Environment.Version.ToString(),
    };

    /// <summary>The provider: TorchSharp itself, or the subset over the machine's own libtorch.</summary>
    public static string Provider =>
        typeof(TorchSharp.torch).Assembly.GetCustomAttribute<AssemblyProductAttribute>()?.Product ?? "TorchSharp";
}
