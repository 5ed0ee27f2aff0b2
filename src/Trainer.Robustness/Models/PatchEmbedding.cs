namespace Trainer.Robustness.Models;

/// <summary>The stem, under the keys of timm's patch embedding.</summary>
internal sealed class PatchEmbedding : Module, INetworkGraph
{
    private readonly ConvolutionalStem proj;

    public PatchEmbedding(ConvolutionalStem stem) : base(nameof(PatchEmbedding))
    {
        proj = stem;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) => on.Apply(proj, input);
}
