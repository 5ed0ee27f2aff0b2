using TorchSharp.Modules;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Repair;

/// <summary>
/// A forward pass that keeps the feature maps of the network: at each size, the output of the last layer that has it.
/// </summary>
internal sealed class FeatureMaps : IOperations<Tensor>
{
    private readonly List<Tensor> maps = [];
    private bool isOverChannels;

    private FeatureMaps()
    {
    }

    /// <summary>Logits and feature maps of images.</summary>
    /// <param name="classifier">The network with its normalisation.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <returns>
    /// Logits [N, K], and maps [N, c, h, w] without negative values, from the first size to the last; with their
    /// graphs.
    /// </returns>
    /// <exception cref="TrainerException">The network does not state its operations.</exception>
    public static (Tensor Logits, IReadOnlyList<Tensor> Maps) Of(Classifier classifier, Tensor images)
    {
        if (classifier.Network is not INetworkGraph graph)
            throw new TrainerException(ErrorKind.Recipe, "model: nad compares the feature maps of networks that state "
                + $"their operations (INetworkGraph), and {classifier.Network.GetType().Name} does not; expected "
                + "another --method.");
        var features = new FeatureMaps();
        var logits = graph.Compute(features, Normalised(images, classifier.Normalisation));
        return (logits, [.. features.maps.Select(map => map.relu())]);
    }

    private static Tensor Normalised(Tensor images, Normalisation? normalisation) => normalisation is null ? images
        : (images - OfChannels(normalisation.Mean, images)) / OfChannels(normalisation.Deviation, images);

    private static Tensor OfChannels(IReadOnlyList<double> values, Tensor images) =>
        tensor(values.ToArray(), images.dtype, images.device).reshape(1, -1, 1, 1);

    Tensor IOperations<Tensor>.Apply(Module layer, Tensor input) => layer switch
    {
        INetworkGraph block => block.Compute(this, input),
        // One that is derived may compute anything.
        Sequential sequence when layer.GetType() == typeof(Sequential) => sequence.children().Aggregate(
            input, (value, child) => ((IOperations<Tensor>)this).Apply((Module)child, value)),
        _ => Keep(TensorOperations.Apply(layer, input)),
    };

    Tensor IOperations<Tensor>.Activate(Activation activation, Tensor input) =>
        Keep(activation == Activation.Relu ? input.relu() : TensorOperations.Smooth(activation, input));

    Tensor IOperations<Tensor>.AveragePool(Tensor input) => input.mean([2, 3]);

    Tensor IOperations<Tensor>.Flatten(Tensor input) => input.flatten(1);

    Tensor IOperations<Tensor>.Pad(Tensor input, long right, long bottom) =>
        nn.functional.pad(input, [0, right, 0, bottom]);

    Tensor IOperations<Tensor>.Add(Tensor sum, Tensor other) => Keep(sum + other);

    Tensor IOperations<Tensor>.OverChannels(Tensor input, Func<Tensor, Tensor> compute)
    {
        isOverChannels = true;
        var output = TensorOperations.OverChannels(input, compute);
        isOverChannels = false;
        return Keep(output);
    }

    Tensor IOperations<Tensor>.Scale(Tensor input, Parameter factor) => input * factor;

    Tensor IOperations<Tensor>.Constant(Tensor input, Func<Device, Tensor> make) =>
        TensorOperations.Constant(input, make);

    Tensor IOperations<Tensor>.Tokens(Tensor input, Parameter classToken, Parameter? positions) =>
        TensorOperations.Tokens(input, classToken, positions);

    Tensor IOperations<Tensor>.Attend(Tensor projections, long heads) => TensorOperations.Attend(projections, heads);

    Tensor IOperations<Tensor>.AttendFrom(Tensor query, Tensor keys, Tensor values, long heads) =>
        TensorOperations.AttendFrom(query, keys, values, heads);

    Tensor IOperations<Tensor>.AttendOverChannels(Tensor projections, Parameter temperature) =>
        TensorOperations.AttendOverChannels(projections, temperature);

    Tensor IOperations<Tensor>.First(Tensor tokens) => tokens.select(1, 0);

    Tensor IOperations<Tensor>.WithFirst(Tensor tokens, Tensor first) => TensorOperations.WithFirst(tokens, first);

    private Tensor Keep(Tensor output)
    {
        // Between, the channels are last.
        if (output.dim() != 4 || isOverChannels)
            return output;
        if (maps.Count > 0 && maps[^1].shape.AsSpan(2).SequenceEqual(output.shape.AsSpan(2)))
            maps[^1] = output;
        else
            maps.Add(output);
        return output;
    }
}
