using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class ConvSmallNetwork : Module
{
    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly Linear fc1;
    private readonly Linear fc2;

    public ConvSmallNetwork(ImageShape images, int classes) : base("conv-small")
    {
        conv1 = nn.Conv2d(images.Channels, 16, kernel_size: 4, stride: 2, padding: 1);
        conv2 = nn.Conv2d(16, 32, kernel_size: 4, stride: 2, padding: 1);
        fc1 = nn.Linear(32 * (images.Height / 2 / 2) * (images.Width / 2 / 2), 100);
        fc2 = nn.Linear(100, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = SpaceToDepth.Convolve(conv1, input).relu_();
        // Flat before the ReLU, not after: channels-last, libtorch's gradient of a ReLU waits for values in another
        // order.
        hidden = SpaceToDepth.Convolve(conv2, hidden).flatten(1).relu_();
        hidden = fc1.call(hidden).relu_();
        return fc2.call(hidden).MoveToOuterDisposeScope();
    }
}
