using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Layers of feature maps [N, C, H, W], among which layer norm is over the channels of each pixel.</summary>
internal static class PixelLayers
{
    /// <summary>Added to the variance in every layer norm of these networks.</summary>
    public const double Epsilon = 1e-6;

    public static T Apply<T>(IOperations<T> on, Sequential layers, T input) =>
        layers.children().Aggregate(input, (value, layer) => layer switch
        {
            LayerNorm norm => on.OverChannels(value, pixels => on.Apply(norm, pixels)),
            GELU => on.Activate(Activation.Gelu, value),
            _ => on.Apply((Module)layer, value),
        });
}
