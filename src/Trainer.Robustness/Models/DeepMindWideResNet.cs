using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// The wide residual network of Gowal et al. 2020 (arXiv:2010.03593), Rebuffi et al. 2021 (arXiv:2103.01946) and Wang
/// et al. 2023 (arXiv:2302.04638), with their keys: convolutions of stride 2 are padded at the right and bottom alone,
/// and the normalisation of the images belongs to the network. Initialised as in the public PyTorch training code, like
/// TRADES' network.
/// </summary>
[Component("deepmind-wide-resnet")]
public sealed record DeepMindWideResNet : TrainableArchitecture, IArchitecture
{
    /// <summary>Layers: 4 and a multiple of 6.</summary>
    [AtLeast(10)] public int Depth { get; init => field = WideDepth.Require(value); } = 28;

    /// <summary>The factor that multiplies the 16, 32 and 64 channels of the three groups.</summary>
    [AtLeast(1)] public int Width { get; init => field = Require.AtLeast(1, value); } = 10;

    /// <summary>The nonlinearity.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>The weight of a new batch in the running statistics.</summary>
    [Between(0, 1)] public double BatchNormMomentum { get; init => field = Require.Between(0, 1, value); } = 0.01;

    /// <summary>Mean and deviation of the images' channels; by default those of CIFAR-10.</summary>
    public Normalisation Normalisation { get; init; } = new()
    {
        Mean = [0.4914, 0.4822, 0.4465],
        Deviation = [0.2471, 0.2435, 0.2616],
    };

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) =>
        new DeepMindWideResNetNetwork(
        images, classes, WideDepth.BlocksPerGroup(Depth), Width, Activation, BatchNormMomentum);

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        var width = shapes.Size("layer.0.block.0.conv_0.weight", 0) / 16;
        var blocks = shapes.CountSquare(block => $"layer.2.block.{block}.conv_1.weight", 64L * width);
        return blocks >= 1 && width >= 1 ? WideDepth.Activations.Select(activation => new DeepMindWideResNet
        {
            Depth = WideDepth.Of(blocks),
            Width = width,
            Activation = activation,
        }) : [];
    }
}
