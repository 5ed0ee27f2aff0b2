using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>A 3×3 convolution and a norm, twice, with ReLU between them and after the sum with the shortcut.</summary>
internal sealed class ResidualBlock : Module, INetworkGraph
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Sequential? shortcut;

    public ResidualBlock(long from, long to, long stride) : base(nameof(ResidualBlock))
    {
        conv1 = nn.Conv2d(from, to, kernel_size: 3, stride: stride, padding: 1, bias: false);
        bn1 = nn.BatchNorm2d(to);
        conv2 = nn.Conv2d(to, to, kernel_size: 3, padding: 1, bias: false);
        bn2 = nn.BatchNorm2d(to);
        if (stride != 1 || from != to)
            shortcut = nn.Sequential(
                nn.Conv2d(from, to, kernel_size: 1, stride: stride, bias: false), nn.BatchNorm2d(to));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var hidden = on.Activate(Activation.Relu, on.Apply(bn1, on.Apply(conv1, input)));
        var beside = shortcut is null ? input : on.Apply(shortcut, input);
        return on.Activate(Activation.Relu, on.Add(on.Apply(bn2, on.Apply(conv2, hidden)), beside));
    }
}
