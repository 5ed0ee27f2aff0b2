using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class ResNet18Network : Module
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

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = layer1.call(bn1.call(conv1.call(input)).relu_());
        hidden = layer4.call(layer3.call(layer2.call(hidden)));
        return linear.call(hidden.mean([2, 3])).MoveToOuterDisposeScope();
    }

    private static Sequential Group(long from, long to, long stride) =>
        nn.Sequential(new ResidualBlock(from, to, stride), new ResidualBlock(to, to, stride: 1));
}
