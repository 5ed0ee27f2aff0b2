using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// Initial weights for training on interval bounds (Shi et al. 2021, arXiv:2103.17268): all but the last layer's normal
/// with a deviation of √(2π) / fan-in, so that intervals grow no wider from layer to layer.
/// </summary>
internal static class IntervalInitialisation
{
    public static void Apply(Module network)
    {
        using var noGrad = no_grad();
        List<Tensor> weights = [.. network.modules().Select(layer => layer switch
        {
            Conv2d convolution => convolution.weight,
            Linear linear => linear.weight,
            _ => (Tensor?)null,
        }).OfType<Tensor>()];
        foreach (var weight in weights.SkipLast(1))
            nn.init.normal_(weight, 0, Math.Sqrt(2 * Math.PI) * weight.shape[0] / weight.numel());
    }
}
