using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// A 7×7 convolution of each channel alone, then layer norm, two linear layers and a factor for each channel, on the
/// channels of each pixel; added to the input.
/// </summary>
internal sealed class ConvNeXtBlock : Module, INetworkGraph
{
    private const double InitialScale = 1e-6;
    private readonly Parameter gamma;
    private readonly Conv2d conv_dw;
    private readonly LayerNorm norm;
    private readonly FeedForward mlp;
    private readonly DropPath drop_path;

    public ConvNeXtBlock(long channels, double dropPath) : base(nameof(ConvNeXtBlock))
    {
        gamma = TransformerInitialisation.LayerScale(channels, InitialScale);
        conv_dw = nn.Conv2d(channels, channels, kernel_size: 7, padding: 3, groups: channels);
        norm = nn.LayerNorm(channels, PixelLayers.Epsilon);
        mlp = new(channels);
        drop_path = new(dropPath);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var hidden = on.OverChannels(on.Apply(conv_dw, input), pixels =>
            on.Scale(on.Apply(mlp, on.Apply(norm, pixels)), gamma));
        return on.Add(on.Apply(drop_path, hidden), input);
    }
}
