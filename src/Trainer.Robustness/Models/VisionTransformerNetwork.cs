using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class VisionTransformerNetwork : Module, INetworkGraph
{
    private const double ClassTokenDeviation = 1e-6;
    private readonly Parameter cls_token;
    private readonly Parameter pos_embed;
    private readonly PatchEmbedding patch_embed;
    private readonly Sequential blocks;
    private readonly LayerNorm norm;
    private readonly Linear head;

    /// <param name="stem">Makes [N, C, h, w] of the images.</param>
    /// <param name="patches">h · w.</param>
    /// <param name="classes">K.</param>
    /// <param name="channels">C.</param>
    /// <param name="heads">The heads of each attention.</param>
    /// <param name="dropPaths">For each block the probability that it is left out.</param>
    public VisionTransformerNetwork(
        ConvolutionalStem stem, long patches, int classes, long channels, long heads, IReadOnlyList<double> dropPaths)
        : base("vit")
    {
        cls_token = nn.Parameter(zeros(1, 1, channels));
        pos_embed = nn.Parameter(zeros(1, 1 + patches, channels));
        patch_embed = new(stem);
        blocks = nn.Sequential();
        foreach (var dropPath in dropPaths)
            blocks.append(new TransformerBlock(channels, heads, dropPath));
        norm = nn.LayerNorm(channels, PixelLayers.Epsilon);
        head = nn.Linear(channels, classes);
        RegisterComponents();
        nn.init.normal_(cls_token, 0, ClassTokenDeviation);
        nn.init.normal_(pos_embed, 0, TransformerInitialisation.Deviation);
        TransformerInitialisation.Apply(blocks);
        TransformerInitialisation.Apply(head);
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var tokens = on.Tokens(on.Apply(patch_embed, input), cls_token, pos_embed);
        return on.Apply(head, on.First(on.Apply(norm, on.Apply(blocks, tokens))));
    }
}
