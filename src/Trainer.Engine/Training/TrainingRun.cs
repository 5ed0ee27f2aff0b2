using System.Diagnostics.CodeAnalysis;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Training;

/// <summary>Everything that a run consists of, made from its recipe: what the loop moves and hooks look at.</summary>
public sealed class TrainingRun : IDisposable
{
    /// <summary>Makes a run at its beginning.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="data">The data, on any device.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="resumes">
    /// Whether a checkpoint will be loaded, so that the file of weights to begin with need not be there.
    /// </param>
    /// <exception cref="TrainerException">The network does not fit the images, or its weights.</exception>
    public TrainingRun(Recipe recipe, DataSplits data, Device device, bool resumes = false)
    {
        (Recipe, Device, Data) = (recipe, device, data.To(device));
        Random = new(recipe.Seed);
        Model = new(recipe, Data.Train, device, resumes);
        Sampler = new(Data.Train.Count, recipe.Train.BatchSize, recipe.Seed, lastBatch: recipe.Train.LastBatch);
        Plan = new(recipe, Sampler.StepsPerEpoch);
        State = new(recipe, Data.Train, Math.Max(recipe.Train.BatchSize, Sampler.LastRows), device);
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

    /// <summary>The networks and the optimiser.</summary>
    public TrainedModel Model { get; }

    /// <summary>The order of the images.</summary>
    public Sampler Sampler { get; }

    /// <summary>The run's length, learning rate and threat model.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>What changes from step to step besides the weights.</summary>
    public RunState State { get; }

    /// <summary>The run's position.</summary>
    public TrainingPosition Position => State.Position;

    /// <summary>The threads that attacks run on.</summary>
    public BatchWorkers Workers { get; private set; }

    /// <summary>Whether all of its epochs and steps are done, or it stops early.</summary>
    public bool IsTrained => State.EarlyStopping.IsReached || Plan.IsOver(Position);

    /// <summary>How far the run is.</summary>
    public RunProgress Progress => new(Plan, Position.Epoch, Position.Step, IsTrained);

    /// <summary>The stateful parts that a checkpoint holds besides network, optimiser and hooks.</summary>
    internal IReadOnlyList<ICheckpointed> Parts =>
        Model.Auxiliary is { } auxiliary ? [.. State.Parts, auxiliary] : State.Parts;

    /// <summary>The batches of an epoch.</summary>
    /// <param name="attempt">Raised by one with every roll-back.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    public IEpochBatches Batches(int attempt, long epoch) => Data.Extra is { } extra
        ? new MixedEpoch(Data.Train, extra, Sampler, attempt, epoch, Recipe.Train.LabelSmoothing)
        : new PlainEpoch(Data.Train, Sampler.Epoch(attempt, epoch, Device));

    /// <summary>Sets the number of CPU threads, on which the last bits of a run depend.</summary>
    [MemberNotNull(nameof(Workers))]
    public void UseThreads(int count)
    {
        Threads.Use(count);
        Workers?.Dispose();
        Workers = new(Device, count);
    }

    /// <summary>Makes the averaged weights ready to be measured.</summary>
    internal void PrepareAverage()
    {
        if (Model.Average is not { } average)
            return;
        GlobalGenerators.Seed(Random.Key("statistics", Position.Attempt, Position.Epoch));
        using var batches = new PlainEpoch(Data.Train, Sampler.Epoch(attempt: 0, epoch: 0, Device));
        average.Prepare(
            Position.Step, Plan.StepsPerEpoch, batches.Steps, batch => batches.Batch(batch).Images);
    }

    /// <summary>The tensor files of a checkpoint: live tensors, not copies.</summary>
    internal IReadOnlyList<TensorFile> Tensors(IEnumerable<ICheckpointed> parts) =>
        [.. Model.Files, new(CheckpointFiles.State, PartTensors(parts), new Dictionary<string, string>())];

    /// <summary>Resumes from a checkpoint.</summary>
    /// <param name="checkpoint">Of this recipe, or of one with the same network.</param>
    /// <param name="parts">Every stateful part besides network and optimiser.</param>
    /// <param name="change">What it means that the recipe has changed since; null where it has not.</param>
    /// <exception cref="TrainerException">It does not fit the recipe; nothing was changed.</exception>
    internal void Load(Checkpoint checkpoint, IReadOnlyList<ICheckpointed> parts, RecipeChange? change = null)
    {
        using var noGrad = no_grad();
        foreach (var file in Tensors(parts))
        {
            using var tensors = checkpoint.OpenTensors(file.Name);
            StateLoader.Load(tensors, file.Tensors);
        }
        Model.ClearPadding();
        foreach (var part in parts)
            part.Load(checkpoint.State.Parts[part.Name]);
        if (change is not null)
        {
            State.Guard.Forget();
            State.EarlyStopping.Load(null);
        }
        Position.Load(checkpoint.State);
        Position.ReopenCutEpoch(change is { Batches: true } ? change.FormerSteps : Plan.StepsPerEpoch);
        if (change is { Batches: true })
        {
            Position.CountAnew(Plan.StepsPerEpoch, change.FormerSteps);
            if (Position.StepInEpoch == 0)
                State.Metrics.Restart();
        }
        Position.Next = NextOf(Position);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Workers.Dispose();
        State.Dispose();
        Model.Dispose();
        Data.Dispose();
    }

    private NextAction NextOf(TrainingPosition position) => position.Next switch
    {
        // A finished run that was given more epochs is trained further.
        NextAction.Final or NextAction.Done when !IsTrained => NextAction.Step,
        // Likewise one saved before the evaluation of an epoch that train.maxSteps had cut short.
        NextAction.Evaluate when !IsTrained && position.StepInEpoch < Plan.StepsPerEpoch => NextAction.Step,
        // In a run that was given fewer epochs, this was the last.
        NextAction.Step when IsTrained && position.StepInEpoch == 0 => NextAction.Final,
        var next => next,
    };

    private static IReadOnlyList<(string, Tensor)> PartTensors(IEnumerable<ICheckpointed> parts) =>
        [.. parts.SelectMany(part => part.Tensors.Select(tensor => ($"{part.Name}.{tensor.Key}", tensor.Tensor)))];
}
