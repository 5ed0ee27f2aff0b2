using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class WideResNetNetwork : Module, INetworkGraph
{
    private readonly Conv2d conv1;
    private readonly WideGroup block1;
    private readonly WideGroup? sub_block1;
    private readonly WideGroup block2;
    private readonly WideGroup block3;
    private readonly BatchNorm2d bn1;
    private readonly Linear fc;
    private readonly Activation activation;

    public WideResNetNetwork(
        ImageShape images, int classes, int blocks, int width, Activation activation, bool subBlock)
        : base("wide-resnet")
    {
        this.activation = activation;
        conv1 = nn.Conv2d(images.Channels, 16, kernel_size: 3, padding: 1, bias: false);
        block1 = new(blocks, 16, 16 * width, stride: 1, activation);
        sub_block1 = subBlock ? new(blocks, 16, 16 * width, stride: 1, activation) : null;
        block2 = new(blocks, 16 * width, 32 * width, stride: 2, activation);
        block3 = new(blocks, 32 * width, 64 * width, stride: 2, activation);
        bn1 = nn.BatchNorm2d(64 * width);
        fc = nn.Linear(64 * width, classes);
        RegisterComponents();
        WideInitialisation.Apply(this);
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var hidden = on.Apply(block3, on.Apply(block2, on.Apply(block1, on.Apply(conv1, input))));
        hidden = on.Activate(activation, on.Apply(bn1, hidden));
        return on.Apply(fc, on.AveragePool(hidden));
    }
}
