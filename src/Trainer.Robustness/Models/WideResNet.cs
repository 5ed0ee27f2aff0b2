using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// Wide residual network (Zagoruyko and Komodakis 2016, arXiv:1605.07146) with the keys and the initialisation of
/// TRADES (Zhang et al. 2019, arXiv:1901.08573), which most of RobustBench's WRN-28-10 and WRN-34-10 share; without
/// dropout.
/// </summary>
[Component("wide-resnet")]
public sealed record WideResNet : TrainableArchitecture, IArchitecture
{
    /// <summary>Layers: 4 and a multiple of 6.</summary>
    [AtLeast(10)] public int Depth { get; init => field = WideDepth.Require(value); } = 28;

    /// <summary>The factor that multiplies the 16, 32 and 64 channels of the three groups.</summary>
    [AtLeast(1)] public int Width { get; init => field = Require.AtLeast(1, value); } = 10;

    /// <summary>The nonlinearity.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>
    /// Whether the network owns a second first group, sub_block1, that no image passes: TRADES' networks and many after
    /// it have it in their files.
    /// </summary>
    public bool SubBlock { get; init; }

    /// <summary>Mean and deviation of the images' channels, applied before the network; null for none.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) =>
        new WideResNetNetwork(images, classes, WideDepth.BlocksPerGroup(Depth), Width, Activation, SubBlock);

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        var width = shapes.Size("block1.layer.0.conv1.weight", 0) / 16;
        var blocks = shapes.CountSquare(block => $"block3.layer.{block}.conv2.weight", 64L * width);
        var hasSubBlock = shapes.Size("sub_block1.layer.0.conv1.weight", 0) > 0;
        return blocks >= 1 && width >= 1 ? WideDepth.Activations.Select(activation => new WideResNet
        {
            Depth = WideDepth.Of(blocks),
            Width = width,
            Activation = activation,
            SubBlock = hasSubBlock,
        }) : [];
    }
}
