using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class PreActResNet18Network : Module, INetworkGraph
{
    private readonly Conv2d conv1;
    private readonly Sequential layer1;
    private readonly Sequential layer2;
    private readonly Sequential layer3;
    private readonly Sequential layer4;
    private readonly BatchNorm2d? bn;
    private readonly Linear linear;

    public PreActResNet18Network(ImageShape images, int classes, ResidualShortcut shortcut, bool finalNorm, long width)
        : base("preact-resnet-18")
    {
        conv1 = nn.Conv2d(images.Channels, width, kernel_size: 3, padding: 1, bias: false);
        layer1 = Group(width, width, stride: 1, shortcut);
        layer2 = Group(width, 2 * width, stride: 2, shortcut);
        layer3 = Group(2 * width, 4 * width, stride: 2, shortcut);
        layer4 = Group(4 * width, 8 * width, stride: 2, shortcut);
        bn = finalNorm ? nn.BatchNorm2d(8 * width) : null;
        linear = nn.Linear(8 * width, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var hidden = on.Apply(layer1, on.Apply(conv1, input));
        hidden = on.Apply(layer4, on.Apply(layer3, on.Apply(layer2, hidden)));
        if (bn is not null)
            hidden = on.Activate(Activation.Relu, on.Apply(bn, hidden));
        return on.Apply(linear, on.AveragePool(hidden));
    }

    private static Sequential Group(long from, long to, long stride, ResidualShortcut shortcut) =>
        nn.Sequential(new PreActBlock(from, to, stride, shortcut), new PreActBlock(to, to, stride: 1, shortcut));
}
