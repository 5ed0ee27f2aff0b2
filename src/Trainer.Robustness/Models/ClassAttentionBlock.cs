using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// Layer norm and class attention, then layer norm and two linear layers, for the first token alone. As in timm and the
/// published weights the other tokens change too: by their scaled norm in the place of the attention, and by themselves
/// in the place of the linear layers, and what the second sum adds to is after the norm.
/// </summary>
internal sealed class ClassAttentionBlock : Module, INetworkGraph
{
    private readonly Parameter gamma1;
    private readonly Parameter gamma2;
    private readonly LayerNorm norm1;
    private readonly ClassAttention attn;
    private readonly LayerNorm norm2;
    private readonly FeedForward mlp;

    public ClassAttentionBlock(long channels, long heads, double layerScale) : base(nameof(ClassAttentionBlock))
    {
        gamma1 = TransformerInitialisation.LayerScale(channels, layerScale);
        gamma2 = TransformerInitialisation.LayerScale(channels, layerScale);
        norm1 = nn.LayerNorm(channels, PixelLayers.Epsilon);
        attn = new(channels, heads);
        norm2 = nn.LayerNorm(channels, PixelLayers.Epsilon);
        mlp = new(channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var normed = on.Apply(norm1, input);
        var attended = on.Scale(on.WithFirst(normed, on.Apply(attn, normed)), gamma1);
        var tokens = on.Apply(norm2, on.Add(attended, input));
        var first = on.Scale(on.Apply(mlp, on.First(tokens)), gamma2);
        return on.Add(on.WithFirst(tokens, first), tokens);
    }
}
