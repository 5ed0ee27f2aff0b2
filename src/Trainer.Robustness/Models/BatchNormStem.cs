using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// 3×3 convolutions, each with batch norm, and GELU between them (El-Nouby et al. 2021, arXiv:2106.09681), under the
/// keys of timm's patch embedding.
/// </summary>
internal sealed class BatchNormStem : Module, INetworkGraph
{
    private readonly Sequential proj;

    /// <param name="inputs">The channels of the images.</param>
    /// <param name="convolutions">Channels and stride of each convolution.</param>
    public BatchNormStem(long inputs, IReadOnlyList<(long Channels, long Stride)> convolutions)
        : base(nameof(BatchNormStem))
    {
        proj = nn.Sequential();
        foreach (var (place, (outputs, stride)) in convolutions.Index())
        {
            if (place > 0)
                proj.append($"{(2 * place) - 1}", nn.GELU());
            proj.append($"{2 * place}", nn.Sequential(
                nn.Conv2d(inputs, outputs, kernel_size: 3, stride: stride, padding: 1, bias: false),
                nn.BatchNorm2d(outputs)));
            inputs = outputs;
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) => PixelLayers.Apply(on, proj, input);
}
