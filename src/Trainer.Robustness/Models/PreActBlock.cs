using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// Norm, ReLU and a 3×3 convolution, twice, beside a shortcut that is the identity where the shapes allow it.
/// </summary>
internal sealed class PreActBlock : Module, INetworkGraph
{
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn2;
    private readonly Conv2d conv2;
    private readonly Sequential? shortcut;
    private readonly ResidualShortcut origin;

    public PreActBlock(long from, long to, long stride, ResidualShortcut origin) : base(nameof(PreActBlock))
    {
        this.origin = origin;
        bn1 = nn.BatchNorm2d(from);
        conv1 = nn.Conv2d(from, to, kernel_size: 3, stride: stride, padding: 1, bias: false);
        bn2 = nn.BatchNorm2d(to);
        conv2 = nn.Conv2d(to, to, kernel_size: 3, padding: 1, bias: false);
        if (stride != 1 || from != to)
            shortcut = nn.Sequential(nn.Conv2d(from, to, kernel_size: 1, stride: stride, bias: false));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var activated = on.Activate(Activation.Relu, on.Apply(bn1, input));
        var beside = shortcut is null ? input
            : on.Apply(shortcut, origin == ResidualShortcut.Activated ? activated : input);
        var hidden = on.Activate(Activation.Relu, on.Apply(bn2, on.Apply(conv1, activated)));
        return on.Add(on.Apply(conv2, hidden), beside);
    }
}
