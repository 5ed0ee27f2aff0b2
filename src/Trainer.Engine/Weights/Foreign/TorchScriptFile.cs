using Trainer.Engine.Networks;
using Trainer.Robustness;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>A network that PyTorch saved with torch.jit.</summary>
/// <inheritdoc cref="ForeignNetwork"/>
internal sealed record TorchScriptFile(string Source, string Hash, Normalisation? Normalisation)
    : ForeignNetwork(Source, Hash, Normalisation)
{
    /// <inheritdoc/>
    public override string Kind => "a TorchScript file";

    /// <inheritdoc/>
    public override Module Build(ImageShape images, int classes) => new TorchScriptNetwork(Source);
}
