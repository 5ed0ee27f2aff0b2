using System.Diagnostics.CodeAnalysis;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Metrics;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Training;

/// <summary>Everything that a run consists of, made from its recipe: what the loop moves and hooks look at.</summary>
public sealed class TrainingRun : IDisposable
{
    private readonly Sampler sharedSampler;

    /// <summary>Makes a run at its beginning.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="data">The data, on any device.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="resumes">
    /// Whether a checkpoint will be loaded, so that the file of weights to begin with need not be there.
    /// </param>
    /// <param name="processes">Those that train together; null for one.</param>
    /// <exception cref="TrainerException">
    /// The network does not fit the images, or its weights, or a batch is too small for the processes.
    /// </exception>
    public TrainingRun(
        Recipe recipe, DataSplits data, Device device, bool resumes = false, Collectives? processes = null)
    {
        (Recipe, Device, Data, Processes) = (recipe, device, data.To(device), processes ?? OneProcess.Instance);
        Random = new(recipe.Seed);
        Model = new(recipe, Data.Train, device, resumes, Processes);
        Sampler = new(Data.Train.Count, recipe.Train.BatchSize, recipe.Seed, lastBatch: recipe.Train.LastBatch);
        sharedSampler = new(
            Data.Train.Count, recipe.Train.BatchSize, recipe.Seed, LoadsShare ? Share : null, recipe.Train.LastBatch);
        CheckShares();
        Plan = new(recipe, Sampler.StepsPerEpoch);
        State = new(recipe, Data.Train, Math.Max(recipe.Train.BatchSize, Sampler.LastRows), device);
        UseThreads(Threads.Default);
        NativeEnvironment.KeepLargeTensors();
    }

    /// <summary>What to do.</summary>
    public Recipe Recipe { get; }

    /// <summary>Where the run trains.</summary>
    public Device Device { get; }

    /// <summary>The data, on the device.</summary>
    public DataSplits Data { get; }

    /// <summary>The processes that train together.</summary>
    public Collectives Processes { get; }

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

    /// <summary>Which rows of each batch this process takes.</summary>
    internal RowShare Share => new(Processes.Rank, Processes.Size);

    /// <summary>Whether a process loads its own rows alone; augmentations that mix images need the others'.</summary>
    internal bool LoadsShare => !Recipe.Data.Augment.Any(augmentation => augmentation.MixesLabels);

    /// <summary>
    /// The monitored metric of the epoch that has just been counted; null before isolated images are unlearnt, for the
    /// network is sought after that.
    /// </summary>
    /// <param name="validation">On the held-out images.</param>
    internal double? Score(AccuracyMetrics? validation) =>
        Recipe.Objective.Isolation is { } isolation && Position.Epoch <= isolation.UsedAfterEpochs
            ? null : Recipe.Checkpoint.Score(validation);

    /// <summary>The stateful parts that a checkpoint holds besides network, optimiser and hooks.</summary>
    internal IReadOnlyList<ICheckpointed> Parts =>
        [.. State.Parts, .. new ICheckpointed?[] { Model.Auxiliary, Model.Natural }.OfType<ICheckpointed>()];

    /// <summary>The batches of an epoch: of this process's rows, or of all where it needs them.</summary>
    /// <param name="attempt">Raised by one with every roll-back.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    public IEpochBatches Batches(int attempt, long epoch) => Data.Extra is { } extra
        ? new MixedEpoch(Data.Train, extra, sharedSampler, attempt, epoch, Recipe.Train.LabelSmoothing)
        : new PlainEpoch(Data.Train, sharedSampler.Epoch(attempt, epoch, Device));

    /// <summary>This process's share of a batch of any epoch.</summary>
    /// <param name="batch">The batch, from 0.</param>
    internal BatchShare BatchShare(long batch) => Training.BatchShare.Of(
        batch, Data.Extra is null && batch == Sampler.StepsPerEpoch - 1 ? Sampler.LastRows : Sampler.BatchSize, Share,
        Recipe.Objective);

    /// <summary>Sets the number of CPU threads, on which the last bits of a run depend.</summary>
    [MemberNotNull(nameof(Workers))]
    public void UseThreads(int count)
    {
        Threads.Use(count);
        Workers?.Dispose();
        Workers = new(Device, count);
    }

    /// <summary>Checks that all processes have the same weights.</summary>
    /// <exception cref="TrainerException">One has others.</exception>
    internal void VerifyReplicas()
    {
        if (Processes.Size == 1)
            return;
        var hashes = Processes.AllGather(WeightsHash.Of(Model.Parameters.Values));
        if (hashes.Index().FirstOrDefault(other => other.Item != hashes[0]).Index is var rank and > 0)
            throw new TrainerException(
                ErrorKind.Other, $"After step {Position.Step}, rank {rank} has other weights than rank 0. Resume from "
                + "the last checkpoint on equal processors with equal libraries; hooks, which run in rank 0 alone, may "
                + "not change the network.");
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

    /// <summary>Brings together what the processes keep apart, so that the first can save it.</summary>
    internal void Gather() => State.Objective.Gather(Processes);

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
        // The first process's next save may delete what the others still read.
        Processes.Barrier();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Workers.Dispose();
        State.Dispose();
        Model.Dispose();
        Data.Dispose();
    }

    /// <summary>Checks that every process has clean rows, and attacked ones, wherever a batch has some.</summary>
    private void CheckShares()
    {
        if (Recipe.Objective.Isolation is not null && Data.Extra is not null)
            throw new TrainerException(ErrorKind.Recipe, "data.extra: the objective isolates training images, and "
                + "extra images are none of them. Leave data.extra out, or choose another objective.");
        if (Recipe.Objective.NeedsOrigin && Data.Extra is not null)
            throw new TrainerException(ErrorKind.Recipe, "data.extra: the objective keeps a perturbation for each "
                + "training image, and extra images are none of them. Leave data.extra out, or choose another "
                + "objective.");
        if (Processes.Size == 1)
            return;
        if (Recipe.Objective.Isolation is not null)
            throw new TrainerException(ErrorKind.Recipe, $"objective: found {Processes.Size} processes, and one that "
                + "isolates training images (abl) trains in one process alone. Start one process, or choose another "
                + "objective.");
        if (Recipe.Objective.NeedsWholeBatch)
            throw new TrainerException(ErrorKind.Recipe, $"objective: found {Processes.Size} processes, and one that "
                + "needs all rows of a batch together (nuat, fgsm-pco) trains in one process alone. Start one process, "
                + "or choose another objective.");
        foreach (var rows in new[] { BatchShare(0), BatchShare(Sampler.StepsPerEpoch - 1) }.Select(share => share.Rows))
        {
            var clean = Recipe.Objective.CleanRows(rows);
            var least = new[] { clean, rows - clean }.Where(count => count > 0).Min();
            if (least < Processes.Size)
            {
                throw new TrainerException(
                    ErrorKind.Recipe, $"train.batchSize: found a batch of {Quantity.Of(rows, "row")}, {clean} of them "
                    + $"clean, for {Processes.Size} processes, expected at least one clean and one attacked row for "
                    + "each, where the batch has any. Raise train.batchSize, set train.lastBatch to \"drop\" or "
                    + "\"merge\", or start fewer processes.");
            }
        }
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

    internal static IReadOnlyList<(string, Tensor)> PartTensors(IEnumerable<ICheckpointed> parts) =>
        [.. parts.SelectMany(part => part.Tensors.Select(tensor => ($"{part.Name}.{tensor.Key}", tensor.Tensor)))];
}
