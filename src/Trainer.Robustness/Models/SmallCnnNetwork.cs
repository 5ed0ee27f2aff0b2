using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class SmallCnnNetwork : Module, INetworkGraph
{
    private readonly Sequential feature_extractor;
    private readonly Sequential classifier;

    public SmallCnnNetwork(ImageShape images, int classes) : base("small-cnn")
    {
        feature_extractor = nn.Sequential(
            ("conv1", nn.Conv2d(images.Channels, 32, kernel_size: 3)),
            ("relu1", nn.ReLU(inplace: true)),
            ("conv2", nn.Conv2d(32, 32, kernel_size: 3)),
            // The pool first: the same values and gradients by a quarter of the work.
            ("maxpool1", nn.MaxPool2d(kernel_size: 2, stride: 2)),
            ("relu2", nn.ReLU(inplace: true)),
            ("conv3", nn.Conv2d(32, 64, kernel_size: 3)),
            ("relu3", nn.ReLU(inplace: true)),
            ("conv4", nn.Conv2d(64, 64, kernel_size: 3)),
            ("maxpool2", nn.MaxPool2d(kernel_size: 2, stride: 2)),
            ("relu4", nn.ReLU(inplace: true)));
        classifier = nn.Sequential(
            ("fc1", nn.Linear(64 * Remaining(images.Height) * Remaining(images.Width), 200)),
            ("relu1", nn.ReLU(inplace: true)),
            ("drop", nn.Dropout(0.5)),
            ("fc2", nn.Linear(200, 200)),
            ("relu2", nn.ReLU(inplace: true)),
            ("fc3", nn.Linear(200, classes)));
        RegisterComponents();
        ZeroedHead.Initialise(feature_extractor, classifier, last: "fc3.");
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) => on.Apply(classifier, on.Flatten(
        feature_extractor.children().Aggregate(input, (hidden, layer) => on.Apply((Module)layer, hidden))));

    /// <summary>Two unpadded 3×3 convolutions and a halving, twice: 28 becomes 4.</summary>
    private static long Remaining(long size) => ((size - 4) / 2 - 4) / 2;
}
