using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Training;

/// <summary>Builds a recipe's network.</summary>
public static class Networks
{
    /// <summary>The network on a device with its initial weights, a function of the recipe's seed: every call makes the same.</summary>
    /// <param name="recipe">The architecture and the seed.</param>
    /// <param name="data">The shape of its images and the number of its classes.</param>
    /// <param name="device">Where it goes.</param>
    /// <param name="trainable">Whether its parameters ask for gradients.</param>
    /// <exception cref="TrainerException">The architecture cannot take such images, or has means for other channels.</exception>
    public static Module Build(Recipe recipe, ImageData data, Device device, bool trainable)
    {
        if (recipe.Model.Normalisation is { } normalisation && normalisation.Mean.Count != data.Shape.Channels)
            throw new TrainerException(ErrorKind.Recipe, $"model.normalisation: found {normalisation.Mean.Count} means, but the images are {data.Shape}: expected one for each of their {data.Shape.Channels} channels.");
        GlobalGenerators.Seed(new RunRandom(recipe.Seed).Key("initial weights"));
        try
        {
            var module = recipe.Model.Build(data.Shape, data.Classes);
            foreach (var parameter in module.parameters())
                parameter.requires_grad = trainable;
            return module.to(device);
        }
        catch (ArgumentException exception)
        {
            throw new TrainerException(ErrorKind.Recipe, $"model: {exception.Message}", exception);
        }
    }
}
