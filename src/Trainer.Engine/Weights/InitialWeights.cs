using System.Security.Cryptography;
using Trainer.Engine.Networks;
using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Weights;

/// <summary>The weights with which a recipe's network begins, instead of random ones.</summary>
internal sealed class InitialWeights
{
    /// <summary>The keys of <see cref="TrainableArchitecture"/> in recipes.</summary>
    public static readonly string[] Keys = ["weights", "weightsKey", "newHead"];

    private readonly WeightsSource source;
    private readonly bool hasNewHead;
    private readonly HashSet<string> notes = new(StringComparer.Ordinal);

    private InitialWeights(WeightsSource source, bool hasNewHead)
    {
        (this.source, this.hasNewHead) = (source, hasNewHead);
        using var file = source.Open(source.Measured);
        using var bytes = File.OpenRead(file.Path);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>SHA-256 of the file, in lower-case hex: a resume recognises the weights by it.</summary>
    public string Fingerprint { get; }

    /// <summary>What was done to load them, one sentence each.</summary>
    public IEnumerable<string> Notes => notes.Prepend(
        $"Training begins with the weights of '{source.Path}'{(hasNewHead ? " and a new last layer" : "")}.");

    /// <summary>Opens the weights that a recipe's model names; null where it names none.</summary>
    /// <param name="model">The model.</param>
    /// <param name="resumes">Whether a checkpoint will be loaded, so that they need not be there.</param>
    /// <exception cref="TrainerException">They are missing, or no weights.</exception>
    public static InitialWeights? Open(IArchitecture model, bool resumes)
    {
        if (model is not TrainableArchitecture { Weights: { } path } options || resumes && !Path.Exists(path))
            return null;
        return Named(() =>
        {
            var weights = new InitialWeights(
                WeightsSource.Find(path, _ => { }, options.WeightsKey), options.NewHead);
            if (!resumes)
                weights.CheckNormalisation(model);
            return weights;
        });
    }

    /// <exception cref="TrainerException">The file states another normalisation than the model's.</exception>
    private void CheckNormalisation(IArchitecture model)
    {
        using var file = source.Open(source.Measured);
        WeightsDescription.Read(file).CheckNormalisation(model, new());
    }

    /// <summary>Copies them into a network, but for the last layer where that is new.</summary>
    /// <exception cref="TrainerException">They do not fit.</exception>
    public void LoadInto(Module network) => notes.UnionWith(Named(() =>
    {
        using var file = source.Open(source.Measured);
        return WeightsLoader.Load(file, network, hasNewHead ? NetworkHead.Keys(network) : null);
    }));

    private static T Named<T>(Func<T> action) => TrainerException.Named("model.weights", action);
}
