using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Initial weights of wide residual networks.</summary>
internal static class WideInitialisation
{
    /// <summary>
    /// Convolutions from a normal distribution of variance 2 / (k·k·outputs), the linear layer's bias zero.
    /// </summary>
    public static void Apply(Module network)
    {
        using var noGrad = no_grad();
        foreach (var module in network.modules())
        {
            if (module is Conv2d convolution)
            {
                var shape = convolution.weight.shape;
                nn.init.normal_(convolution.weight, 0, Math.Sqrt(2.0 / (shape[0] * shape[2] * shape[3])));
            }
            else if (module is Linear { bias: { } bias })
            {
                nn.init.zeros_(bias);
            }
        }
    }
}
