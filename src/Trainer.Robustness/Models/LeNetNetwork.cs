using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class LeNetNetwork : Module, INetworkGraph, IEvenChannels
{
    /// <summary>Of the first convolution.</summary>
    public const int FirstChannels = 20;

    private readonly Conv2d conv1;
    private readonly MaxPool2d pool;
    private readonly Conv2d conv2;
    private readonly Linear fc1;
    private readonly Linear fc2;

    public LeNetNetwork(ImageShape images, int classes) : base("lenet")
    {
        conv1 = nn.Conv2d(images.Channels, FirstChannels, kernel_size: 5);
        pool = nn.MaxPool2d(kernel_size: 2, stride: 2);
        conv2 = nn.Conv2d(20, 50, kernel_size: 5);
        fc1 = nn.Linear(50 * Remaining(images.Height) * Remaining(images.Width), 500);
        fc2 = nn.Linear(500, classes);
        RegisterComponents();
    }

    IEnumerable<Conv2d> IEvenChannels.Convolutions => [conv1, conv2];

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        // The pool first: the same values and gradients by a quarter of the work.
        var hidden = on.Activate(Activation.Relu, on.Apply(pool, on.Apply(conv1, input)));
        hidden = on.Activate(Activation.Relu, on.Flatten(on.Apply(pool, on.Apply(conv2, hidden))));
        hidden = on.Activate(Activation.Relu, on.Apply(fc1, hidden));
        return on.Apply(fc2, hidden);
    }

    /// <summary>An unpadded 5×5 convolution and a halving, twice: 28 becomes 4.</summary>
    private static long Remaining(long size) => (((size - 4) / 2) - 4) / 2;
}
