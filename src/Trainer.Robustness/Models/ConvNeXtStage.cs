using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// Blocks of one size; in all stages but the first after layer norm and a 2×2 convolution of stride 2.
/// </summary>
internal sealed class ConvNeXtStage : Module, INetworkGraph
{
    private readonly Sequential? downsample;
    private readonly Sequential blocks;

    public ConvNeXtStage(long? from, long to, IEnumerable<double> dropPaths) : base(nameof(ConvNeXtStage))
    {
        if (from is { } channels)
            downsample = nn.Sequential(
                nn.LayerNorm(channels, PixelLayers.Epsilon), nn.Conv2d(channels, to, kernel_size: 2, stride: 2));
        blocks = nn.Sequential();
        foreach (var dropPath in dropPaths)
            blocks.append(new ConvNeXtBlock(to, dropPath));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) =>
        on.Apply(blocks, downsample is null ? input : PixelLayers.Apply(on, downsample, input));
}
