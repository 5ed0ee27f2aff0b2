using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class PreActResNet18Network : Module
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

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = layer1.call(conv1.call(input));
        hidden = layer4.call(layer3.call(layer2.call(hidden)));
        if (bn is not null)
            hidden = bn.call(hidden).relu_();
        return linear.call(hidden.mean([2, 3])).MoveToOuterDisposeScope();
    }

    private static Sequential Group(long from, long to, long stride, ResidualShortcut shortcut) =>
        nn.Sequential(new PreActBlock(from, to, stride, shortcut), new PreActBlock(to, to, stride: 1, shortcut));
}
