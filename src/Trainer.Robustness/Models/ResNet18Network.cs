using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class ResNet18Network : Module, INetworkGraph
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Sequential layer1;
    private readonly Sequential layer2;
    private readonly Sequential layer3;
    private readonly Sequential layer4;
    private readonly Linear linear;

    public ResNet18Network(ImageShape images, int classes, long width) : base("resnet-18")
    {
        conv1 = nn.Conv2d(images.Channels, width, kernel_size: 3, padding: 1, bias: false);
        bn1 = nn.BatchNorm2d(width);
        layer1 = Group(width, width, stride: 1);
        layer2 = Group(width, 2 * width, stride: 2);
        layer3 = Group(2 * width, 4 * width, stride: 2);
        layer4 = Group(4 * width, 8 * width, stride: 2);
        linear = nn.Linear(8 * width, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var hidden = on.Apply(layer1, on.Activate(Activation.Relu, on.Apply(bn1, on.Apply(conv1, input))));
        hidden = on.Apply(layer4, on.Apply(layer3, on.Apply(layer2, hidden)));
        return on.Apply(linear, on.AveragePool(hidden));
    }

    private static Sequential Group(long from, long to, long stride) =>
        nn.Sequential(new ResidualBlock(from, to, stride), new ResidualBlock(to, to, stride: 1));
}
