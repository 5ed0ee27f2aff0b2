using Trainer.Engine.Data;
using Trainer.Engine.Recipes;
using Trainer.Robustness.Native;
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
            if (!module.parameters().Any())
                throw Fault(recipe, "has no parameters: its constructor must call RegisterComponents() after it has made its layers", null);
            foreach (var parameter in module.parameters())
                parameter.requires_grad = trainable;
            GuardedCalls.Move(module, device);
            return module;
        }
        catch (ArgumentException exception)
        {
            throw new TrainerException(ErrorKind.Recipe, $"model: {exception.Message}", exception);
        }
    }

    /// <summary>One forward of two images in evaluation mode: most of what can be wrong with a network of the user's own shows in it.</summary>
    /// <param name="run">Whose network it is.</param>
    /// <exception cref="TrainerException">It fails, or gives no logits.</exception>
    public static void Try(TrainingRun run)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = run.Network.InEvaluationMode();
        var (images, _) = run.Data.Train.Batch(zeros(2, ScalarType.Int64, device: run.Device));
        long[] found;
        try
        {
            found = run.Network.Logits(images).shape;
        }
        catch (Exception exception) when (exception is not TrainerException)
        {
            var freed = exception.Message.Contains("empty handle", StringComparison.Ordinal) ? "; a tensor that forward returns from a scope of its own needs MoveToOuterDisposeScope()" : "";
            throw Fault(run.Recipe, $"does not work: two images {Shape(images.shape)} cannot go through it: {exception.Message.Split('\n')[0].TrimEnd('.')}{freed}", exception);
        }
        if (!found.SequenceEqual([2, run.Network.Classes]))
            throw Fault(run.Recipe, $"does not work: two images become {Shape(found)}, expected logits {Shape([2, run.Network.Classes])}, one for each class", null);
    }

    private static TrainerException Fault(Recipe recipe, string problem, Exception? inner) =>
        new(ErrorKind.Recipe, $"model: the network of {recipe.Model.GetType()} {problem}.", inner);

    private static string Shape(long[] shape) => $"[{string.Join(", ", shape)}]";
}
