using TorchSharp.Modules;
using Trainer.Engine.Networks;
using Trainer.Robustness;

namespace Trainer.Engine.Optimization;

/// <summary>The averaged weights, in a second instance of the network that is never trained.</summary>
public sealed class WeightAverage : IDisposable
{
    private readonly IAverage description;
    private readonly Module source;
    private readonly Tensor sourceValues;
    private readonly FlatBuffers sourceBuffers;
    private readonly Module network;
    private readonly FlatParameters parameters;
    private readonly FlatBuffers buffers;

    /// <summary>Makes the average at the beginning of a run: a copy.</summary>
    /// <param name="description">How to average.</param>
    /// <param name="training">The network in training.</param>
    /// <param name="sourceParameters">Its parameters, first in their buffer.</param>
    /// <param name="sourceBuffers">Its floating buffers.</param>
    /// <param name="build">Makes another instance on the same device.</param>
    public WeightAverage(
        IAverage description, Classifier training, FlatParameters sourceParameters, FlatBuffers sourceBuffers,
        Func<Module> build)
    {
        (this.description, this.sourceBuffers) = (description, sourceBuffers);
        source = training.Network;
        network = build();
        network.eval();
        parameters = new(network, sourceParameters.ChannelsLast);
        buffers = new(network);
        // A second set of batch norm follows after the parameters of the network that is measured.
        sourceValues = sourceParameters.Values.narrow(0, 0, parameters.Layout.Length).DetachFromDisposeScope();
        Classifier = new(network, training.Classes, training.Normalisation);
        Copy();
    }

    /// <summary>The network of the averaged weights.</summary>
    public Classifier Classifier { get; }

    /// <summary>Takes in the weights after a step.</summary>
    /// <param name="step">Steps done, at least 1.</param>
    /// <param name="stepsPerEpoch">The number of steps of one epoch.</param>
    public void Update(long step, long stepsPerEpoch)
    {
        var share = description.Share(step, stepsPerEpoch);
        using var noGrad = no_grad();
        if (share == 1)
            Copy();
        else if (share > 0)
        {
            parameters.Values.mul_(1 - share).add_(sourceValues, alpha: share);
            buffers.Values.copy_(sourceBuffers.Values);
        }
    }

    /// <summary>Makes the average ready to be measured.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="stepsPerEpoch">The number of steps of one epoch.</param>
    /// <param name="batches">How many batches of training images there are.</param>
    /// <param name="images">
    /// One of them, float32 [N, C, H, W] in [0, 1]; asked for only where batch norm's statistics are estimated. They
    /// are the means over the batches, each batch counting alike.
    /// </param>
    public void Prepare(long step, long stepsPerEpoch, long batches, Func<long, Tensor> images)
    {
        var norms = network.modules().OfType<NormBase>().ToList();
        if (norms.Count == 0 || !description.EstimatesStatistics(step, stepsPerEpoch))
            return;
        var momenta = norms.ConvertAll(norm => norm.momentum);
        using var noGrad = no_grad();
        network.train();
        for (var batch = 0L; batch < batches; batch++)
        {
            using var scope = NewDisposeScope();
            foreach (var norm in norms)
                norm.momentum = 1.0 / (batch + 1);
            Classifier.Logits(images(batch));
        }
        network.eval();
        foreach (var (norm, momentum) in norms.Zip(momenta))
            norm.momentum = momentum;
    }

    /// <summary>The averaged weights under their state-dict keys: live tensors, not copies.</summary>
    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors()
    {
        using var noGrad = no_grad();
        foreach (var (counter, present) in Counters(network).Zip(Counters(source)))
            counter.copy_(present);
        return StateLoader.Tensors(network);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Classifier.Dispose();
        sourceValues.Dispose();
        buffers.Dispose();
        parameters.Dispose();
        network.Dispose();
    }

    private void Copy()
    {
        using var noGrad = no_grad();
        parameters.Values.copy_(sourceValues);
        buffers.Values.copy_(sourceBuffers.Values);
    }

    /// <summary>Buffers of whole numbers, such as how many batches batch norm has seen.</summary>
    private static IEnumerable<Tensor> Counters(Module module) =>
        module.named_buffers().Select(pair => pair.buffer).Where(buffer => !buffer.is_floating_point());
}
