using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Engine.Training;
using Trainer.Engine.Weights;
using Trainer.Robustness;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Repair;

/// <summary>A network with the weights that its run measured, to be changed.</summary>
internal sealed class RepairedNetwork : IDisposable
{
    private readonly Recipe recipe;
    private readonly WeightsSource weights;
    private readonly ImageData images;
    private readonly Device device;
    private readonly Module module;

    /// <param name="recipe">Of the run.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="images">The shape of its images and the number of its classes.</param>
    /// <param name="device">Where the network goes.</param>
    public RepairedNetwork(Recipe recipe, WeightsSource weights, ImageData images, Device device)
    {
        (this.recipe, this.weights, this.images, this.device) = (recipe, weights, images, device);
        module = NetworkBuilder.Build(recipe.Model, recipe.Seed, images, device, trainable: true);
        using (var tensors = weights.Open(weights.FileOf(recipe.Evaluate.Weights)))
            WeightsLoader.Load(tensors, module);
        Classifier = new(module, images.Classes, recipe.Model.Normalisation);
        Parameters = new(module, channelsLast: true);
        Workers = new(device, get_num_threads());
    }

    /// <summary>The network with its normalisation.</summary>
    public Classifier Classifier { get; }

    /// <summary>Its layers.</summary>
    public Module Module => module;

    /// <summary>Its parameters.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>Where it is.</summary>
    public Device Device => device;

    /// <summary>The threads of evaluations.</summary>
    public BatchWorkers Workers { get; }

    /// <summary>Where the randomness of a repair comes from.</summary>
    public RandomKey Key => RandomKey.Of(recipe.Seed).With("repair");

    /// <summary>Weights and buffers by key: live.</summary>
    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors => StateLoader.Tensors(module);

    /// <summary>Another one with the weights of the run.</summary>
    public RepairedNetwork Original() => new(recipe, weights, images, device);

    /// <summary>The share of images that is classified correctly.</summary>
    public Accuracy Accuracy(ImageData of)
    {
        long[] all = [.. Enumerable.Range(0, (int)of.Count).Select(place => (long)place)];
        return new RobustnessEvaluator(Classifier, recipe.Threat, Key, recipe.Evaluate.BatchSize, Workers)
            .Run(of, all, [])!.CleanAccuracy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Workers.Dispose();
        Parameters.Dispose();
        Classifier.Dispose();
        module.Dispose();
    }
}
