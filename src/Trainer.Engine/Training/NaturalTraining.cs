using System.Text.Json.Nodes;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Engine.Storage;
using Trainer.Robustness;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Training;

/// <summary>
/// The natural half of gradient projection (Jiang and Singh 2024, arXiv:2402.06827): a copy of the network that begins
/// every epoch with the network's weights, takes a step on each batch without an attack, and at the epoch's end moves
/// the network (<see cref="IObjective.GradientProjection"/>). Running statistics are projected like weights. Departure
/// from the public code, which trains the copy through the whole epoch first: both see the same batches in turn.
/// </summary>
internal sealed class NaturalTraining : ICheckpointed, IDisposable
{
    /// <summary>Its name in checkpoints.</summary>
    public const string Part = "natural";

    // As in PyTorch's cosine similarity.
    private const double LeastLength = 1e-8;

    private readonly double beta;
    private readonly Module module;
    private readonly (Tensor First, Tensor Natural, Tensor Trained, FlatLayout Layout)[] tensors;
    private readonly FlatParameters parameters;
    private readonly FlatBuffers buffers;
    private readonly OptimizerState optimizer;

    /// <summary>Takes ownership of a second instance of the network.</summary>
    /// <param name="beta">The weight β of the copy's change, from 0 to 1.</param>
    /// <param name="module">The second instance; its weights are replaced at the first epoch's beginning.</param>
    /// <param name="network">The network in training.</param>
    /// <param name="trained">Its parameters, with one set of batch norm.</param>
    /// <param name="statistics">Its floating buffers.</param>
    /// <param name="description">The copy's optimiser.</param>
    public NaturalTraining(
        double beta, Module module, Classifier network, FlatParameters trained, FlatBuffers statistics,
        IOptimizer description)
    {
        (this.beta, this.module) = (beta, module);
        Classifier = new(module, network.Classes, network.Normalisation);
        parameters = new(module, trained.ChannelsLast) { Head = trained.Head };
        buffers = new(module);
        optimizer = description.Start(parameters);
        tensors =
        [
            (zeros_like(trained.Values).DetachFromDisposeScope(), parameters.Values, trained.Values, trained.Layout),
            (zeros_like(statistics.Values).DetachFromDisposeScope(), buffers.Values, statistics.Values,
                statistics.Layout),
        ];
    }

    /// <inheritdoc/>
    public string Name => Part;

    /// <summary>The copy.</summary>
    public Classifier Classifier { get; }

    /// <summary>The copy's parameters, [L].</summary>
    public Tensor Weights => parameters.Values;

    /// <inheritdoc/>
    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors =>
        [.. StateLoader.Tensors(module), .. optimizer.Named(parameters.Layout),
            ("first.parameters", tensors[0].First), ("first.buffers", tensors[1].First)];

    /// <summary>Begins an epoch with the weights that the network has.</summary>
    public void Begin()
    {
        using var noGrad = no_grad();
        foreach (var (first, natural, trained, _) in tensors)
        {
            first.copy_(trained);
            natural.copy_(trained);
        }
    }

    /// <summary>Trains on a batch without an attack.</summary>
    /// <param name="images">The rows of this process: float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="targets">Of these rows.</param>
    /// <param name="learningRate">Of the step.</param>
    /// <param name="clip">The largest norm of the gradient; null for any.</param>
    /// <param name="part">The share of the batch's rows that this process has, from 0 to 1.</param>
    /// <param name="combine">Adds up over the processes, in place; null for one process.</param>
    public void Step(
        Tensor images, Targets targets, double learningRate, double? clip, double part,
        Action<IReadOnlyList<Tensor>>? combine)
    {
        using var scope = NewDisposeScope();
        parameters.Gradients.zero_();
        (targets.CrossEntropy(Classifier.Logits(images)).mean() * part).backward();
        using var noGrad = no_grad();
        if (combine is not null)
        {
            buffers.Statistics.mul_(part);
            combine([parameters.Gradients, buffers.Statistics]);
        }
        if (clip is { } limit)
            parameters.ClipGradients(parameters.Gradients.norm(), limit);
        optimizer.Step(learningRate);
    }

    /// <summary>Moves the network at the end of an epoch.</summary>
    public void Project()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (first, natural, trained, layout) in tensors)
            foreach (var segment in layout.Segments.Where(segment => segment.Shape.Length > 0))
                segment.Of(trained).copy_(
                    Projected(segment.Of(first), segment.Of(natural), segment.Of(trained), beta));
    }

    /// <summary>What a tensor of the network becomes.</summary>
    /// <param name="first">At the epoch's beginning, of any shape.</param>
    /// <param name="natural">The copy's at its end, of the same shape.</param>
    /// <param name="trained">The network's at its end, of the same shape.</param>
    /// <param name="beta">The weight β of the copy's change, from 0 to 1.</param>
    internal static Tensor Projected(Tensor first, Tensor natural, Tensor trained, double beta)
    {
        var (change, other) = (trained - first, natural - first);
        var cosine = (change * other).sum() / (change.norm() * other.norm()).clamp(min: LeastLength);
        return first + (beta * cosine.clamp(min: 0) * other) + ((1 - beta) * change);
    }

    /// <inheritdoc/>
    public JsonNode? Save() => null;

    /// <inheritdoc/>
    public void Load(JsonNode? value)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (first, _, _, _) in tensors)
            first.Dispose();
        optimizer.Dispose();
        Classifier.Dispose();
        buffers.Dispose();
        parameters.Dispose();
        module.Dispose();
    }
}
