using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// Norm, activation and a 3×3 convolution, twice. Where the number of channels changes, the shortcut is a 1×1
/// convolution of the activated input; else it is the identity.
/// </summary>
internal sealed class WideBlock : Module, INetworkGraph
{
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn2;
    private readonly Conv2d conv2;
    private readonly Conv2d? convShortcut;
    private readonly Activation activation;

    public WideBlock(long from, long to, long stride, Activation activation) : base(nameof(WideBlock))
    {
        this.activation = activation;
        bn1 = nn.BatchNorm2d(from);
        conv1 = nn.Conv2d(from, to, kernel_size: 3, stride: stride, padding: 1, bias: false);
        bn2 = nn.BatchNorm2d(to);
        conv2 = nn.Conv2d(to, to, kernel_size: 3, padding: 1, bias: false);
        convShortcut = from == to ? null : nn.Conv2d(from, to, kernel_size: 1, stride: stride, bias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var activated = on.Activate(activation, on.Apply(bn1, input));
        var hidden = on.Activate(activation, on.Apply(bn2, on.Apply(conv1, activated)));
        return on.Add(on.Apply(conv2, hidden), convShortcut is null ? input : on.Apply(convShortcut, activated));
    }
}
