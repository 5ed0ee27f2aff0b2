using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// Wide residual network (Zagoruyko and Komodakis 2016, arXiv:1605.07146) with the keys and the initialisation of TRADES
/// (Zhang et al. 2019, arXiv:1901.08573), which most of RobustBench's WRN-28-10 and WRN-34-10 share; without dropout.
/// </summary>
/// <param name="Depth">Layers: 4 and a multiple of 6.</param>
/// <param name="Width">The factor that multiplies the 16, 32 and 64 channels of the three groups.</param>
/// <param name="Activation">The nonlinearity.</param>
/// <param name="SubBlock">Whether the network owns a second first group, sub_block1, that no image passes: TRADES' networks and
/// many after it have it in their files.</param>
/// <param name="Normalisation">Mean and deviation of the images' channels, applied before the network; null for none.</param>
[Component("wide-resnet")]
public sealed record WideResNet(
    int Depth = 28, int Width = 10, Activation Activation = Activation.Relu, bool SubBlock = false, Normalisation? Normalisation = null) : IArchitecture
{
    /// <summary>Layers.</summary>
    [AtLeast(10)]
    public int Depth { get; init; } = WideDepth.Require(Depth);

    /// <summary>The factor that multiplies the channels.</summary>
    [AtLeast(1)]
    public int Width { get; init; } = Require.AtLeast(1, Width);

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) =>
        new WideResNetNetwork(images, classes, WideDepth.BlocksPerGroup(Depth), Width, Activation, SubBlock);
}
