using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// Norm, activation and a 3×3 convolution, twice. Where the number of channels changes, the shortcut is a 1×1
/// convolution of the activated input; else it is the identity.
/// </summary>
internal sealed class WideBlock : Module
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

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var activated = activation.Apply(bn1.call(input));
        var hidden = activation.Apply(bn2.call(conv1.call(activated)));
        return conv2.call(hidden).add_(convShortcut?.call(activated) ?? input).MoveToOuterDisposeScope();
    }
}
