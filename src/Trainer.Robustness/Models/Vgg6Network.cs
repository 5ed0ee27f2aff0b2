using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class Vgg6Network : Module, INetworkGraph
{
    private readonly Sequential feature_extractor;
    private readonly Sequential classifier;

    public Vgg6Network(ImageShape images, int classes, long width) : base("vgg-6")
    {
        feature_extractor = nn.Sequential(
            ("conv1", nn.Conv2d(images.Channels, 16 * width, kernel_size: 3, padding: 1)),
            ("relu1", nn.ReLU(inplace: true)),
            ("conv2", nn.Conv2d(16 * width, 16 * width, kernel_size: 3, padding: 1)),
            ("relu2", nn.ReLU(inplace: true)),
            ("conv3", nn.Conv2d(16 * width, 16 * width, kernel_size: 3, stride: 2, padding: 1)),
            ("relu3", nn.ReLU(inplace: true)),
            ("conv4", nn.Conv2d(16 * width, 32 * width, kernel_size: 3, padding: 1)),
            ("relu4", nn.ReLU(inplace: true)),
            ("conv5", nn.Conv2d(32 * width, 32 * width, kernel_size: 3, padding: 1)),
            ("relu5", nn.ReLU(inplace: true)),
            ("conv6", nn.Conv2d(32 * width, 32 * width, kernel_size: 3, stride: 2, padding: 1)),
            ("relu6", nn.ReLU(inplace: true)));
        classifier = nn.Sequential(
            ("fc1", nn.Linear(32 * width * Quarter(images.Height) * Quarter(images.Width), 200)),
            ("relu1", nn.ReLU(inplace: true)),
            ("fc2", nn.Linear(200, classes)));
        RegisterComponents();
        ZeroedHead.Initialise(feature_extractor, classifier, last: "fc2.");
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) =>
        on.Apply(classifier, on.Flatten(on.Apply(feature_extractor, input)));

    /// <summary>Two convolutions of stride 2 with padding 1: 28 becomes 7.</summary>
    private static long Quarter(long size) => ((size + 1) / 2 + 1) / 2;
}
