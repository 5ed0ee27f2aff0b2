using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// Norm, activation and a 3×3 convolution, twice; the first one with the padding that TensorFlow calls SAME. Where the
/// number of channels changes, the shortcut is a 1×1 convolution of the activated input; else it is the identity.
/// </summary>
internal sealed class DeepMindBlock : Module, INetworkGraph
{
    private readonly BatchNorm2d batchnorm_0;
    private readonly Conv2d conv_0;
    private readonly BatchNorm2d batchnorm_1;
    private readonly Conv2d conv_1;
    private readonly Conv2d? shortcut;
    private readonly long stride;
    private readonly Activation activation;

    public DeepMindBlock(long from, long to, long stride, Activation activation, double momentum)
        : base(nameof(DeepMindBlock))
    {
        (this.stride, this.activation) = (stride, activation);
        batchnorm_0 = nn.BatchNorm2d(from, momentum: momentum);
        conv_0 = nn.Conv2d(from, to, kernel_size: 3, stride: stride, padding: stride == 1 ? 1 : 0, bias: false);
        batchnorm_1 = nn.BatchNorm2d(to, momentum: momentum);
        conv_1 = nn.Conv2d(to, to, kernel_size: 3, padding: 1, bias: false);
        shortcut = from == to ? null : nn.Conv2d(from, to, kernel_size: 1, stride: stride, bias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var activated = on.Activate(activation, on.Apply(batchnorm_0, input));
        var padded = stride == 1 ? activated : on.Pad(activated, right: 1, bottom: 1);
        var hidden = on.Activate(activation, on.Apply(batchnorm_1, on.Apply(conv_0, padded)));
        return on.Add(on.Apply(conv_1, hidden), shortcut is null ? input : on.Apply(shortcut, activated));
    }
}
