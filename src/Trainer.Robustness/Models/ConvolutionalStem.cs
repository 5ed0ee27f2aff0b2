using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// 3×3 convolutions, each with layer norm and GELU, in place of one large convolution that cuts the image into patches
/// (Singh, Croce and Hein 2023, arXiv:2303.01870); in some networks a 1×1 convolution follows.
/// </summary>
internal sealed class ConvolutionalStem : Module, INetworkGraph
{
    private readonly Sequential stem;

    /// <param name="inputs">The channels of the images.</param>
    /// <param name="convolutions">Channels and stride of each 3×3 convolution.</param>
    /// <param name="projection">The channels of the 1×1 convolution; null for none.</param>
    public ConvolutionalStem(
        long inputs, IReadOnlyList<(long Channels, long Stride)> convolutions, long? projection = null)
        : base(nameof(ConvolutionalStem))
    {
        stem = nn.Sequential();
        foreach (var (place, (outputs, stride)) in convolutions.Index())
        {
            stem.append($"{3 * place}", nn.Conv2d(inputs, outputs, kernel_size: 3, stride: stride, padding: 1));
            stem.append($"{(3 * place) + 1}", nn.LayerNorm(outputs, PixelLayers.Epsilon));
            stem.append($"{(3 * place) + 2}", nn.GELU());
            inputs = outputs;
        }
        if (projection is { } channels)
            stem.append($"{3 * convolutions.Count}", nn.Conv2d(inputs, channels, kernel_size: 1));
        RegisterComponents();
    }

    /// <summary>
    /// The strides of convolutions that make one pixel of a square patch: the last ones have stride 2, the first ones
    /// stride 1, as Debenedetti et al. 2022 (arXiv:2209.07399) give large networks small patches.
    /// </summary>
    /// <param name="count">How many convolutions there are.</param>
    /// <param name="patch">The patch's side: a power of 2, at most 2 to the power of the count.</param>
    public static IEnumerable<long> Strides(int count, int patch) =>
        Enumerable.Range(0, count).Select(place => patch >= 1 << (count - place) ? 2L : 1L);

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) => PixelLayers.Apply(on, stem, input);
}
