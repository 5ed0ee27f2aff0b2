using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Networks;

/// <summary>
/// A network that brings its weights along, made by another program. The command line alone names one: it is no
/// component, so that neither a recipe nor a checkpoint can.
/// </summary>
/// <param name="Source">The file or program.</param>
/// <param name="Hash">SHA-256 of the file, in lower-case hex: an evaluation recognises the weights by it.</param>
/// <param name="Normalisation">Applied before the network; null for images in [0, 1].</param>
public abstract record ForeignNetwork(string Source, string Hash, Normalisation? Normalisation) : IArchitecture
{
    /// <summary>What it is, in words: "a TorchScript file".</summary>
    public abstract string Kind { get; }

    /// <inheritdoc/>
    public abstract Module Build(ImageShape images, int classes);

    /// <summary>An error that names the file.</summary>
    /// <param name="problem">What was found and what was expected.</param>
    /// <param name="inner">The cause.</param>
    public TrainerException Fault(string problem, Exception? inner = null) =>
        new(ErrorKind.Checkpoint, $"'{Source}', {Kind}: {problem}.", inner);
}
