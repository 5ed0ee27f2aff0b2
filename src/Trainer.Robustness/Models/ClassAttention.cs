using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Attention of the first token to the whole sequence, in several heads: [N, L, C] to [N, C].</summary>
internal sealed class ClassAttention : Module, INetworkGraph
{
    private readonly Linear q;
    private readonly Linear k;
    private readonly Linear v;
    private readonly Linear proj;
    private readonly long heads;

    public ClassAttention(long channels, long heads) : base(nameof(ClassAttention))
    {
        this.heads = heads;
        q = nn.Linear(channels, channels);
        k = nn.Linear(channels, channels);
        v = nn.Linear(channels, channels);
        proj = nn.Linear(channels, channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var (keys, values) = (on.Apply(k, input), on.Apply(v, input));
        return on.Apply(proj, on.AttendFrom(on.Apply(q, on.First(input)), keys, values, heads));
    }
}
