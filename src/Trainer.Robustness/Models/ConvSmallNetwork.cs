using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class ConvSmallNetwork : Module, INetworkGraph
{
    /// <summary>Of the first convolution.</summary>
    public const int FirstChannels = 16;

    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly Linear fc1;
    private readonly Linear fc2;

    public ConvSmallNetwork(ImageShape images, int classes) : base("conv-small")
    {
        conv1 = nn.Conv2d(images.Channels, FirstChannels, kernel_size: 4, stride: 2, padding: 1);
        conv2 = nn.Conv2d(16, 32, kernel_size: 4, stride: 2, padding: 1);
        fc1 = nn.Linear(32 * (images.Height / 2 / 2) * (images.Width / 2 / 2), 100);
        fc2 = nn.Linear(100, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var hidden = on.Activate(Activation.Relu, on.Apply(conv1, input));
        // Flat before the ReLU, not after: channels-last, libtorch's gradient of a ReLU waits for values in another
        // order.
        hidden = on.Activate(Activation.Relu, on.Flatten(on.Apply(conv2, hidden)));
        hidden = on.Activate(Activation.Relu, on.Apply(fc1, hidden));
        return on.Apply(fc2, hidden);
    }
}
