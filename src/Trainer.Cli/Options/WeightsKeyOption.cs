using System.CommandLine;

namespace Trainer.Cli.Options;

/// <summary>The option by which commands choose among the state dicts of a PyTorch file.</summary>
internal static class WeightsKeyOption
{
    public static Option<string?> Create() => new("--weights-key")
    {
        Description = "The key of the state dict within a PyTorch file, levels separated by dots; "
            + "by default the only one.",
        HelpName = "key",
    };
}
