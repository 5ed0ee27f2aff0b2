using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// What ConvNeXt and transformers begin with, as in timm. Its normal distribution is cut off at 100 deviations,
/// which makes no difference.
/// </summary>
internal static class TransformerInitialisation
{
    public const double Deviation = 0.02;

    /// <summary>Convolutions and linear layers from a normal distribution, their biases zero.</summary>
    /// <param name="layers">The module that holds them.</param>
    /// <param name="convolutions">Whether the convolutions are among them; otherwise they keep their weights.</param>
    public static void Apply(nn.Module layers, bool convolutions = true)
    {
        foreach (var module in layers.modules().Prepend(layers).Distinct())
        {
            var (weight, bias) = module switch
            {
                Conv2d convolution when convolutions => (convolution.weight, convolution.bias),
                Linear linear => (linear.weight, linear.bias),
                _ => (null, null),
            };
            if (weight is not null)
                nn.init.normal_(weight, 0, Deviation);
            if (bias is not null)
                nn.init.zeros_(bias);
        }
    }

    /// <summary>A factor for each channel: float32 [C].</summary>
    public static Parameter LayerScale(long channels, double value) =>
        nn.Parameter(full(channels, (float)value, ScalarType.Float32));

    /// <summary>
    /// How often each of several blocks is left out: from 0 in equal steps to the last one's probability.
    /// </summary>
    public static IReadOnlyList<double> DropPaths(double last, int blocks) =>
        [.. Enumerable.Range(0, blocks).Select(block => block == 0 ? 0 : last * block / (blocks - 1))];
}
