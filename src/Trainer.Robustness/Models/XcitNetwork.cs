using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class XcitNetwork : Module, INetworkGraph
{
    private readonly Parameter cls_token;
    private readonly BatchNormStem patch_embed;
    private readonly FourierPositions pos_embed;
    private readonly Sequential blocks;
    private readonly Sequential cls_attn_blocks;
    private readonly LayerNorm norm;
    private readonly Linear head;

    /// <param name="stem">Makes [N, C, h, w] of the images.</param>
    /// <param name="positions">Those of the h · w pixels.</param>
    /// <param name="pixelBlocks">Blocks on the pixels.</param>
    /// <param name="tokenBlocks">Blocks on the class token and the pixels.</param>
    /// <param name="channels">C.</param>
    /// <param name="classes">K.</param>
    public XcitNetwork(
        BatchNormStem stem, FourierPositions positions, IEnumerable<CrossCovarianceBlock> pixelBlocks,
        IEnumerable<ClassAttentionBlock> tokenBlocks, long channels, int classes) : base("xcit")
    {
        cls_token = nn.Parameter(zeros(1, 1, channels));
        patch_embed = stem;
        pos_embed = positions;
        blocks = nn.Sequential([.. pixelBlocks.Cast<Module>()]);
        cls_attn_blocks = nn.Sequential([.. tokenBlocks.Cast<Module>()]);
        norm = nn.LayerNorm(channels, PixelLayers.Epsilon);
        head = nn.Linear(channels, classes);
        RegisterComponents();
        nn.init.normal_(cls_token, 0, TransformerInitialisation.Deviation);
        TransformerInitialisation.Apply(this, convolutions: false);
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var patches = on.Apply(patch_embed, input);
        var pixels = on.Apply(blocks, on.Add(patches, on.Apply(pos_embed, patches)));
        var tokens = on.Apply(cls_attn_blocks, on.Tokens(pixels, cls_token, null));
        return on.Apply(head, on.First(on.Apply(norm, tokens)));
    }
}
