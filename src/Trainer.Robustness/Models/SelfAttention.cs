using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Attention of a sequence to itself, in several heads.</summary>
internal sealed class SelfAttention : Module, INetworkGraph
{
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly long heads;

    public SelfAttention(long channels, long heads) : base(nameof(SelfAttention))
    {
        this.heads = heads;
        qkv = nn.Linear(channels, 3 * channels);
        proj = nn.Linear(channels, channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) => on.Apply(proj, on.Attend(on.Apply(qkv, input), heads));
}
