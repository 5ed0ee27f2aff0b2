using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class DeepMindWideResNetNetwork : Module
{
    private readonly Conv2d init_conv;
    private readonly Sequential layer;
    private readonly BatchNorm2d batchnorm;
    private readonly Linear logits;
    private readonly Activation activation;

    public DeepMindWideResNetNetwork(
        ImageShape images, int classes, int blocks, int width, Activation activation, double momentum)
        : base("deepmind-wide-resnet")
    {
        this.activation = activation;
        init_conv = nn.Conv2d(images.Channels, 16, kernel_size: 3, padding: 1, bias: false);
        layer = nn.Sequential(
            new DeepMindGroup(blocks, 16, 16 * width, stride: 1, activation, momentum),
            new DeepMindGroup(blocks, 16 * width, 32 * width, stride: 2, activation, momentum),
            new DeepMindGroup(blocks, 32 * width, 64 * width, stride: 2, activation, momentum));
        batchnorm = nn.BatchNorm2d(64 * width, momentum: momentum);
        logits = nn.Linear(64 * width, classes);
        RegisterComponents();
        WideInitialisation.Apply(this);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = activation.Apply(batchnorm.call(layer.call(init_conv.call(input))));
        return logits.call(hidden.mean([2, 3])).MoveToOuterDisposeScope();
    }
}
