using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Optimizers;
using Trainer.Engine.Parameters;
using Trainer.Engine.Recipes;
using Trainer.Engine.Safetensors;
using Trainer.Robustness;

namespace Trainer.Engine.Training;

/// <summary>Everything that a run consists of, made from its recipe: what the loop moves and hooks look at.</summary>
public sealed class TrainingRun : IDisposable
{
    private readonly Module module;

    /// <summary>Makes a run at its beginning.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="data">The data, on any device.</param>
    /// <param name="device">Where to train.</param>
    /// <exception cref="TrainerException">The network does not fit the images.</exception>
    public TrainingRun(Recipe recipe, DataSplits data, Device device)
    {
        (Recipe, Device, Data) = (recipe, device, data.To(device));
        Random = new(recipe.Seed);
        module = Networks.Build(recipe, Data.Train, device, trainable: true);
        Network = new(module, Data.Train.Classes, recipe.Model.Normalisation);
        Parameters = new(module, channelsLast: true);
        Optimizer = recipe.Optimizer.Start(Parameters);
        AttackNetwork = new(Network, Parameters, AttackNetwork.Resolve(recipe.Train.AttackPrecision, device), () => Networks.Build(recipe, Data.Train, device, trainable: false));
        Sampler = new(Data.Train.Count, recipe.Train.BatchSize, recipe.Seed);
        Sums = new(device);
        UseThreads(Threads.Default);
    }

    /// <summary>What to do.</summary>
    public Recipe Recipe { get; }

    /// <summary>Where the run trains.</summary>
    public Device Device { get; }

    /// <summary>The data, on the device.</summary>
    public DataSplits Data { get; }

    /// <summary>Where the run's randomness comes from.</summary>
    public RunRandom Random { get; }

    /// <summary>The network in training.</summary>
    public Classifier Network { get; }

    /// <summary>Its parameters and their gradients.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>The optimiser and its state.</summary>
    public OptimizerState Optimizer { get; }

    /// <summary>What training attacks go through.</summary>
    public AttackNetwork AttackNetwork { get; }

    /// <summary>The order of the images.</summary>
    public Sampler Sampler { get; }

    /// <summary>The threads that attacks run on.</summary>
    public BatchParts Parts { get; private set; }

    /// <summary>Where the run stands.</summary>
    public TrainingPosition Position { get; } = new();

    /// <summary>The steps of the whole run.</summary>
    public long TotalSteps => Math.Min(Recipe.Train.Epochs * Sampler.StepsPerEpoch, Recipe.Train.MaxSteps ?? long.MaxValue);

    /// <summary>Whether all of its epochs and steps are done.</summary>
    public bool IsTrained => Position.Epoch >= Recipe.Train.Epochs || Position.Step >= TotalSteps;

    /// <summary>The learning rate of the next step.</summary>
    public double LearningRate => LearningRateAt(Position.Step);

    /// <summary>The learning rate of a step, counted from 0.</summary>
    internal double LearningRateAt(long step) =>
        Recipe.Optimizer.LearningRate * Recipe.Schedule.Factor(new(step, TotalSteps, Sampler.StepsPerEpoch));

    internal StepSums Sums { get; }

    /// <summary>Sets the number of CPU threads, on which the last bits of a run depend.</summary>
    [MemberNotNull(nameof(Parts))]
    internal void UseThreads(int count)
    {
        Threads.Use(count);
        Parts?.Dispose();
        Parts = new(Device, count);
    }

    /// <summary>The tensor files of a checkpoint: live tensors, not copies.</summary>
    internal IReadOnlyList<TensorFile> Tensors(IEnumerable<IStatefulPart> parts) =>
    [
        new(CheckpointFiles.Model, StateLoader.Tensors(module), Metadata()),
        new(CheckpointFiles.Optimizer, Optimizer.Named(Parameters.Layout), NoMetadata),
        new(CheckpointFiles.State, PartTensors(parts), NoMetadata),
    ];

    /// <summary>Goes on from a checkpoint.</summary>
    /// <exception cref="TrainerException">It does not fit the recipe; nothing was changed.</exception>
    internal void Load(Checkpoint checkpoint, IReadOnlyList<IStatefulPart> parts)
    {
        using var noGrad = no_grad();
        foreach (var file in Tensors(parts))
        {
            using var tensors = checkpoint.OpenTensors(file.Name);
            StateLoader.Load(tensors, file.Tensors);
        }
        foreach (var part in parts)
            part.Load(checkpoint.State.Parts[part.Name]);
        Position.Epoch = checkpoint.State.Epoch;
        Position.StepInEpoch = checkpoint.State.StepInEpoch;
        Position.Step = checkpoint.State.GlobalStep;
        Position.Attempt = checkpoint.State.Attempt;
        // A run that was finished and has been given more epochs goes on training.
        Position.Next = checkpoint.State.Next is NextAction.Final or NextAction.Done && !IsTrained ? NextAction.Step : checkpoint.State.Next;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Parts.Dispose();
        Sums.Dispose();
        AttackNetwork.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
        Network.Dispose();
        module.Dispose();
        Data.Dispose();
    }

    private static IReadOnlyDictionary<string, string> NoMetadata { get; } = new Dictionary<string, string>();

    private static IReadOnlyList<(string, Tensor)> PartTensors(IEnumerable<IStatefulPart> parts) =>
        [.. parts.SelectMany(part => part.Tensors.Select(tensor => ($"{part.Name}.{tensor.Key}", tensor.Tensor)))];

    /// <summary>What a reader of the weights alone needs to know.</summary>
    private Dictionary<string, string> Metadata()
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["classes"] = $"{Network.Classes}",
            ["image"] = Data.Train.Shape.ToString().Replace('×', 'x'),
        };
        if (Network.Normalisation is { } normalisation)
        {
            metadata["mean"] = new JsonArray([.. normalisation.Mean.Select(value => JsonValue.Create(value))]).ToJsonString();
            metadata["std"] = new JsonArray([.. normalisation.Deviation.Select(value => JsonValue.Create(value))]).ToJsonString();
        }
        return metadata;
    }
}
