using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Attention of channels to each other, in several heads, on the channels of each pixel.</summary>
internal sealed class CrossCovarianceAttention : Module, INetworkGraph
{
    private readonly Parameter temperature;
    private readonly Linear qkv;
    private readonly Linear proj;

    public CrossCovarianceAttention(long channels, long heads) : base(nameof(CrossCovarianceAttention))
    {
        temperature = nn.Parameter(ones(heads, 1, 1));
        qkv = nn.Linear(channels, 3 * channels);
        proj = nn.Linear(channels, channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) =>
        on.Apply(proj, on.AttendOverChannels(on.Apply(qkv, input), temperature));
}
