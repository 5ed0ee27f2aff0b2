using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Two linear layers with GELU between them, on the last dimension.</summary>
internal sealed class FeedForward : Module, INetworkGraph
{
    // Hidden units for each channel.
    private const long Expansion = 4;
    private readonly Linear fc1;
    private readonly Linear fc2;

    public FeedForward(long channels) : base(nameof(FeedForward))
    {
        fc1 = nn.Linear(channels, Expansion * channels);
        fc2 = nn.Linear(Expansion * channels, channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) =>
        on.Apply(fc2, on.Activate(Activation.Gelu, on.Apply(fc1, input)));
}
