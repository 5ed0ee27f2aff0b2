using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// Layer norm and cross-covariance attention, layer norm and local interaction of the pixels, layer norm and two linear
/// layers: each with a factor for each channel, added to its input (El-Nouby et al. 2021, arXiv:2106.09681).
/// </summary>
internal sealed class CrossCovarianceBlock : Module, INetworkGraph
{
    private readonly Parameter gamma1;
    private readonly Parameter gamma3;
    private readonly Parameter gamma2;
    private readonly LayerNorm norm1;
    private readonly CrossCovarianceAttention attn;
    private readonly DropPath drop_path1;
    private readonly LayerNorm norm3;
    private readonly LocalPatchInteraction local_mp;
    private readonly DropPath drop_path3;
    private readonly LayerNorm norm2;
    private readonly FeedForward mlp;
    private readonly DropPath drop_path2;

    public CrossCovarianceBlock(long channels, long heads, double layerScale, double dropPath)
        : base(nameof(CrossCovarianceBlock))
    {
        gamma1 = TransformerInitialisation.LayerScale(channels, layerScale);
        gamma3 = TransformerInitialisation.LayerScale(channels, layerScale);
        gamma2 = TransformerInitialisation.LayerScale(channels, layerScale);
        norm1 = nn.LayerNorm(channels, PixelLayers.Epsilon);
        attn = new(channels, heads);
        drop_path1 = new(dropPath);
        norm3 = nn.LayerNorm(channels, PixelLayers.Epsilon);
        local_mp = new(channels);
        drop_path3 = new(dropPath);
        norm2 = nn.LayerNorm(channels, PixelLayers.Epsilon);
        mlp = new(channels);
        drop_path2 = new(dropPath);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var attended = on.OverChannels(input, pixels =>
            on.Scale(on.Apply(attn, on.Apply(norm1, pixels)), gamma1));
        var pixels = on.Add(on.Apply(drop_path1, attended), input);
        var local = on.Apply(local_mp, on.OverChannels(pixels, each => on.Apply(norm3, each)));
        local = on.OverChannels(local, each => on.Scale(each, gamma3));
        pixels = on.Add(on.Apply(drop_path3, local), pixels);
        var forward = on.OverChannels(pixels, each => on.Scale(on.Apply(mlp, on.Apply(norm2, each)), gamma2));
        return on.Add(on.Apply(drop_path2, forward), pixels);
    }
}
