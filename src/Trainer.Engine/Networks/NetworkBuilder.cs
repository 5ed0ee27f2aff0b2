using System.Reflection;
using Trainer.Engine.Data;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Networks;

/// <summary>Builds networks, and tries them.</summary>
public static class NetworkBuilder
{
    /// <summary>
    /// The network on a device with its initial weights, a function of the seed: every call makes the same.
    /// </summary>
    /// <param name="model">The architecture.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="data">The shape of its images and the number of its classes.</param>
    /// <param name="device">Where it goes.</param>
    /// <param name="trainable">Whether its parameters ask for gradients.</param>
    /// <exception cref="TrainerException">
    /// The architecture cannot take such images, or has means for other channels.
    /// </exception>
    public static Module Build(IArchitecture model, long seed, ImageData data, Device device, bool trainable)
    {
        if (model.Normalisation is { } normalisation && normalisation.Mean.Count != data.Shape.Channels)
            throw new TrainerException(
                ErrorKind.Recipe, $"model.normalisation: found {Quantity.Of(normalisation.Mean.Count, "mean")}, "
                + $"but the images are {data.Shape}: expected "
                + $"{Quantity.Of(data.Shape.Channels, "mean")}, one for each channel.");
        GlobalGenerators.Seed(new RunRandom(seed).Key("initial weights"));
        try
        {
            var module = model.Build(data.Shape, data.Classes);
            if (model is not ForeignNetwork && !module.parameters().Any())
                throw Fault(model, "has no parameters: its constructor must call RegisterComponents() after it has "
                    + "made its layers", null);
            foreach (var parameter in module.parameters())
                parameter.requires_grad = trainable;
            GuardedCalls.Move(module, device);
            return module;
        }
        catch (ArgumentException exception)
        {
            throw new TrainerException(ErrorKind.Recipe, $"model: {exception.Message}"
                + (LayoutDoubt.Of(data.Shape) is { } doubt ? $" {doubt}." : ""), exception);
        }
    }

    /// <summary>
    /// One pass of two images through a network in evaluation mode, forward and back to the images as attacks do it:
    /// most of what can be wrong with a network of the user's own shows in it. Run it in a child process: some mistakes
    /// end the process.
    /// </summary>
    /// <param name="model">The architecture that it was built from.</param>
    /// <param name="network">The network.</param>
    /// <param name="data">The images.</param>
    /// <exception cref="TrainerException">It fails, or gives no logits.</exception>
    public static void Try(IArchitecture model, Classifier network, ImageData data)
    {
        using var scope = NewDisposeScope();
        using var evaluation = network.InEvaluationMode();
        var (images, labels) = data.Batch(zeros(2, ScalarType.Int64, device: data.Device));
        var type = Attempt(model, $"two images {Shape(images.shape)} cannot go through it", () =>
        {
            using var noGrad = no_grad();
            using var before = images.clone();
            var found = network.Logits(images).dtype;
            return !images.ne(before).any().item<bool>() ? found : throw Fault(
                model, "does not work: it changes its images in place, expected a network that leaves them unchanged. "
                + "Let forward begin with a copy: x = x.clone()", null);
        });
        if (type != ScalarType.Float32)
            throw Fault(model, $"does not work: its logits are {type}, expected Float32", null);
        Attempt(model, "no gradient of two images can be computed", () =>
            new CrossEntropyLoss(labels).At(network, images));
    }

    private static T Attempt<T>(IArchitecture model, string problem, Func<T> attempt)
    {
        try
        {
            return attempt();
        }
        catch (Exception exception) when (exception is not TrainerException)
        {
            var freed = exception.Message.Contains("empty handle", StringComparison.Ordinal)
                ? "; a tensor that forward returns from a scope of its own needs MoveToOuterDisposeScope()" : "";
            throw Fault(model, $"does not work: {problem}: {Reason(exception)}{freed}", exception);
        }
    }

    /// <summary>The first line of the message; TorchScript's is a trace whose end has the cause.</summary>
    internal static string Reason(Exception exception)
    {
        const string cause = "RuntimeError: ";
        const string raised = "builtins.";
        var lines = exception.Message.Split('\n');
        var last = lines.LastOrDefault(line => line.StartsWith(cause, StringComparison.Ordinal))?[cause.Length..]
            ?? lines.LastOrDefault(line => line.StartsWith(raised, StringComparison.Ordinal))?[raised.Length..];
        return (last ?? lines[0]).TrimEnd('.');
    }

    private static TrainerException Fault(IArchitecture model, string problem, Exception? inner) =>
        model is ForeignNetwork foreign ? foreign.Fault(problem, inner)
        : new(ErrorKind.Recipe, $"model: the network {NameOf(model)} {problem}.", inner);

    /// <summary>What recipes call a network of the engine's own; the class of a user's, who has to mend it.</summary>
    private static string NameOf(IArchitecture model) =>
        model.GetType() is var type && type.Assembly == typeof(IArchitecture).Assembly
        && type.GetCustomAttribute<ComponentAttribute>() is { } named
            ? named.Type : $"of {type}";

    private static string Shape(long[] shape) => $"[{string.Join(", ", shape)}]";
}
