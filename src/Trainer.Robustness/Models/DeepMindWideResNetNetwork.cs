using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class DeepMindWideResNetNetwork : Module, INetworkGraph
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

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var hidden = on.Apply(layer, on.Apply(init_conv, input));
        hidden = on.Activate(activation, on.Apply(batchnorm, hidden));
        return on.Apply(logits, on.AveragePool(hidden));
    }
}
