using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Layer norm and attention, then layer norm and two linear layers, each added to its input.</summary>
internal sealed class TransformerBlock : Module, INetworkGraph
{
    private readonly LayerNorm norm1;
    private readonly SelfAttention attn;
    private readonly DropPath drop_path1;
    private readonly LayerNorm norm2;
    private readonly FeedForward mlp;
    private readonly DropPath drop_path2;

    public TransformerBlock(long channels, long heads, double dropPath) : base(nameof(TransformerBlock))
    {
        norm1 = nn.LayerNorm(channels, PixelLayers.Epsilon);
        attn = new(channels, heads);
        drop_path1 = new(dropPath);
        norm2 = nn.LayerNorm(channels, PixelLayers.Epsilon);
        mlp = new(channels);
        drop_path2 = new(dropPath);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var attended = on.Add(on.Apply(drop_path1, on.Apply(attn, on.Apply(norm1, input))), input);
        return on.Add(on.Apply(drop_path2, on.Apply(mlp, on.Apply(norm2, attended))), attended);
    }
}
