using Trainer.Engine.Data;
using Trainer.Engine.Networks;
using Trainer.Robustness;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Detection;

/// <summary>A trained network and the images that it was trained on, as a defender has them.</summary>
/// <param name="classifier">The network, in evaluation mode.</param>
/// <param name="data">Its training images, with the labels that training saw, and clean held-out ones.</param>
/// <param name="key">Where the randomness comes from.</param>
/// <param name="blockSize">Images a block.</param>
internal sealed class InspectedTraining(
    Classifier classifier, DataSplits data, RandomKey key, int blockSize) : IDisposable
{
    private Tensor? features;

    /// <summary>The network.</summary>
    public Classifier Classifier => classifier;

    /// <summary>The images.</summary>
    public DataSplits Data => data;

    /// <summary>Where the randomness comes from.</summary>
    public RandomKey Key => key;

    /// <summary>The label of each training image.</summary>
    public IReadOnlyList<long> Labels { get; } = ReadLabels(data.Train);

    /// <summary>Why there are no features: a predicate of the method, and what to do; null where there are.</summary>
    public (string Found, string Remedy)? FeaturesObstacle => Head is not null ? null
        : ("compares the inputs of a fully connected last layer, and the network has none", "Name --method strip");

    /// <summary>What the network's last layer gets of each training image: float64 [N, D] on the CPU.</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public Tensor Features => features ??= Activations();

    /// <summary>For each class, the places of its images.</summary>
    public IEnumerable<(long Label, long[] Places)> Classes => Labels.Index().GroupBy(item => item.Item)
        .OrderBy(group => group.Key).Select(group => (group.Key, group.Select(item => (long)item.Index).ToArray()));

    /// <summary>The features of a class.</summary>
    /// <returns>Float64 [n, D], with mean 0.</returns>
    public Tensor Centred(long[] places)
    {
        using var scope = NewDisposeScope();
        var own = Features.index_select(0, tensor(places));
        return own.sub(own.mean([0L], keepdim: true)).MoveToOuterDisposeScope();
    }

    /// <summary>The places of images, some at a time.</summary>
    public IEnumerable<long[]> Blocks(long count) =>
        Enumerable.Range(0, (int)count).Select(place => (long)place).Chunk(blockSize);

    /// <inheritdoc/>
    public void Dispose() => features?.Dispose();

    private static long[] ReadLabels(ImageData images)
    {
        using var labels = images.Labels.cpu();
        return labels.data<long>().ToArray();
    }

    private Module? Head => NetworkHead.Keys(classifier.Network).FirstOrDefault() is { } name
        ? classifier.Network.named_modules().FirstOrDefault(
            module => module.name == name[..Math.Max(0, name.LastIndexOf('.'))]).module as Module : null;

    private Tensor Activations()
    {
        var head = Head ?? throw new InvalidOperationException("The network has no fully connected last layer.");
        var (parts, seen) = (new List<Tensor>(), (Tensor?)null);
        var hook = head.register_forward_pre_hook((_, input) =>
        {
            seen = input.detach().flatten(1).to(ScalarType.Float64).cpu().DetachFromDisposeScope();
            return input;
        });
        using var noGrad = no_grad();
        try
        {
            foreach (var block in Blocks(data.Train.Count))
            {
                using var scope = NewDisposeScope();
                classifier.Logits(data.Train.Batch(tensor(block, device: data.Train.Device)).Images);
                parts.Add(seen ?? throw new InvalidOperationException("The network's last layer was not called."));
            }
        }
        finally
        {
            hook.remove();
        }
        var all = cat([.. parts], 0).DetachFromDisposeScope();
        parts.ForEach(part => part.Dispose());
        return all;
    }
}
