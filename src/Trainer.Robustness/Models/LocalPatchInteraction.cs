using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Two 3×3 convolutions of each channel alone, with GELU and batch norm between them.</summary>
internal sealed class LocalPatchInteraction : Module, INetworkGraph
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn;
    private readonly Conv2d conv2;

    public LocalPatchInteraction(long channels) : base(nameof(LocalPatchInteraction))
    {
        conv1 = nn.Conv2d(channels, channels, kernel_size: 3, padding: 1, groups: channels);
        bn = nn.BatchNorm2d(channels);
        conv2 = nn.Conv2d(channels, channels, kernel_size: 3, padding: 1, groups: channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) =>
        on.Apply(conv2, on.Apply(bn, on.Activate(Activation.Gelu, on.Apply(conv1, input))));
}
