using Trainer.Engine.Data;
using Trainer.Engine.Recipes;
using Trainer.Engine.Safetensors;
using Trainer.Engine.Training;
using Trainer.Robustness;

namespace Trainer.Engine.Evaluation;

/// <summary>A network of a recipe with saved weights, to be measured.</summary>
internal sealed class SavedClassifier : IDisposable
{
    private readonly Module module;

    /// <summary>Builds the network and loads the weights that the recipe measures.</summary>
    /// <exception cref="TrainerException">The weights do not fit the network.</exception>
    public SavedClassifier(WeightsSource weights, Recipe recipe, DataSplits data, Device device)
    {
        module = Networks.Build(recipe, data.Train, device, trainable: false);
        using var tensors = weights.Open(recipe.MeasuredWeights);
        StateLoader.Load(tensors, module);
        Classifier = new(module, data.Train.Classes, recipe.Model.Normalisation);
    }

    /// <summary>What attacks take.</summary>
    public Classifier Classifier { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Classifier.Dispose();
        module.Dispose();
    }
}
