using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Convolutions and fully connected layers, each but the last with batch norm and ReLU.</summary>
internal sealed class CertifiedNetwork : Module, INetworkGraph
{
    private readonly Sequential features;
    private readonly Sequential classifier;

    public CertifiedNetwork(string name, ImageShape images, Layers layers, int classes) : base(name)
    {
        var (channels, height, width) = (images.Channels, images.Height, images.Width);
        features = nn.Sequential();
        foreach (var (place, (outputs, kernel, stride)) in layers.Convolutions.Index())
        {
            features.append($"conv{place + 1}", nn.Conv2d(channels, outputs, kernel, stride, padding: 1));
            features.append($"bn{place + 1}", nn.BatchNorm2d(outputs));
            features.append($"relu{place + 1}", nn.ReLU());
            (height, width) = ((height + 2 - kernel) / stride + 1, (width + 2 - kernel) / stride + 1);
            channels = outputs;
        }
        var units = channels * height * width;
        classifier = nn.Sequential();
        foreach (var (place, outputs) in layers.Hidden.Index())
        {
            classifier.append($"fc{place + 1}", nn.Linear(units, outputs));
            classifier.append($"bn{place + 1}", nn.BatchNorm1d(outputs));
            classifier.append($"relu{place + 1}", nn.ReLU());
            units = outputs;
        }
        classifier.append($"fc{layers.Hidden.Count + 1}", nn.Linear(units, classes));
        RegisterComponents();
        IntervalInitialisation.Apply(this);
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) =>
        on.Apply(classifier, on.Flatten(on.Apply(features, input)));

    /// <summary>The layers before the last one.</summary>
    /// <param name="Convolutions">Channels, kernel and stride of each; padding 1.</param>
    /// <param name="Hidden">Units of each fully connected layer.</param>
    public sealed record Layers(IReadOnlyList<(long Channels, long Kernel, long Stride)> Convolutions,
        IReadOnlyList<long> Hidden);
}
