using System.Diagnostics.CodeAnalysis;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Engine.Storage;
using Trainer.Engine.Training.Collapse;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Training;

/// <summary>Everything that a run consists of, made from its recipe: what the loop moves and hooks look at.</summary>
public sealed class TrainingRun : IDisposable
{
    private readonly Module module;
    private readonly AuxiliaryBatchNorm? second;
    private readonly BatchNormNetwork network;

    /// <summary>Makes a run at its beginning.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="data">The data, on any device.</param>
    /// <param name="device">Where to train.</param>
    /// <exception cref="TrainerException">The network does not fit the images.</exception>
    public TrainingRun(Recipe recipe, DataSplits data, Device device)
    {
        (Recipe, Device, Data) = (recipe, device, data.To(device));
        Random = new(recipe.Seed);
        module = Build(trainable: true);
        Network = new(module, Data.Train.Classes, recipe.Model.Normalisation);
        var other = AuxiliaryBatchNorm.Build(recipe.BatchNorm, () => Build(trainable: true));
        Parameters = new(module, channelsLast: true, other);
        Buffers = new(module);
        second = other is null ? null : new(other, Network);
        network = new(Network, Buffers, second, recipe.BatchNorm, Math.Min(recipe.Train.BatchSize, Data.Train.Count));
        Optimizer = recipe.Optimizer.Start(Parameters);
        AttackNetwork = NewAttackNetwork(AttackNetwork.Resolve(recipe.Train.AttackPrecision, device, recipe.BatchNorm.Attack));
        Average = recipe.Average is { } average ? new(average, Network, Parameters, Buffers, () => Build(trainable: false)) : null;
        Sampler = new(Data.Train.Count, recipe.Train.BatchSize, recipe.Seed, lastBatch: recipe.Train.LastBatch);
        Sums = new(device);
        var largest = Math.Max(recipe.Train.BatchSize, Sampler.LastRows);
        var shape = Data.Train.Shape;
        Memory = new(recipe.Objective, [largest, shape.Channels, shape.Height, shape.Width], device);
        Guard = new(recipe.Guard, Data.Train);
        EarlyStopping = new(recipe.Train.EarlyStopping);
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

    /// <summary>The network in training, as it is evaluated.</summary>
    public Classifier Network { get; }

    /// <summary>The network as objectives see it.</summary>
    public TrainingNetwork TrainingNetwork => network;

    /// <summary>The network's parameters and their gradients.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>The network's floating buffers.</summary>
    public FlatBuffers Buffers { get; }

    /// <summary>The optimiser and its state.</summary>
    public OptimizerState Optimizer { get; }

    /// <summary>What training attacks go through.</summary>
    public AttackNetwork AttackNetwork { get; private set; }

    /// <summary>The averaged weights; null where the recipe has none.</summary>
    public WeightAverage? Average { get; }

    /// <summary>The network that is measured: of the averaged weights, or the one in training.</summary>
    public Classifier Measured => Average is { } average && Recipe.MeasuredWeights == CheckpointFiles.Average ? average.Classifier : Network;

    /// <summary>The order of the images.</summary>
    public Sampler Sampler { get; }

    /// <summary>The threads that attacks run on.</summary>
    public BatchWorkers Parts { get; private set; }

    /// <summary>Watches for a collapse.</summary>
    public CollapseGuard Guard { get; }

    /// <summary>Ends training where the recipe says so.</summary>
    public EarlyStopping EarlyStopping { get; }

    /// <summary>The run's position.</summary>
    public TrainingPosition Position { get; } = new();

    /// <summary>Passes over the images: the recipe's epochs, divided by the objective's replays of each batch.</summary>
    public long Epochs => (Recipe.Train.Epochs + Recipe.Objective.Replays - 1) / Recipe.Objective.Replays;

    /// <summary>The steps of one pass.</summary>
    public long StepsPerEpoch => Sampler.StepsPerEpoch * Recipe.Objective.Replays;

    /// <summary>The steps of the whole run.</summary>
    public long TotalSteps => Math.Min(Epochs * StepsPerEpoch, Recipe.Train.MaxSteps ?? long.MaxValue);

    /// <summary>Whether all of its epochs and steps are done, or it stops early.</summary>
    public bool IsTrained => EarlyStopping.IsReached || Position.Epoch >= Epochs || Position.Step >= TotalSteps;

    /// <summary>The learning rate of the next step.</summary>
    public double LearningRate => LearningRateAt(Position.Step);

    /// <summary>The learning rate of a step, counted from 0.</summary>
    internal double LearningRateAt(long step) =>
        Recipe.Optimizer.LearningRate * Recipe.Schedule.Factor(new(step, TotalSteps, StepsPerEpoch)) * Guard.LearningRateScale;

    /// <summary>Every network that training puts images through.</summary>
    internal IReadOnlyList<Classifier> Networks => [network.Clean, network.Adversarial, AttackNetwork.Classifier];

    internal StepMetricsAccumulator Sums { get; }

    internal ObjectiveMemory Memory { get; }

    /// <summary>What a checkpoint holds besides network, optimiser and hooks.</summary>
    internal IReadOnlyList<ICheckpointed> StatefulParts => second is null ? [Sums, Memory, Guard, EarlyStopping] : [Sums, Memory, Guard, EarlyStopping, second];

    /// <summary>The batches of an epoch.</summary>
    /// <param name="attempt">Goes up by one with every roll-back.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    public IEpochBatches Epoch(int attempt, long epoch) => Data.Extra is { } extra
        ? new MixedEpoch(Data.Train, extra, Sampler, attempt, epoch, Recipe.Train.LabelSmoothing)
        : new PlainEpoch(Data.Train, Sampler.Epoch(attempt, epoch, Device));

    /// <summary>The images that the next step trains on, and what they are to be classified as.</summary>
    /// <param name="batches">Of the epoch under way.</param>
    public (Tensor Images, Targets Targets) Examples(IEpochBatches batches) =>
        Examples(batches, Position.StepInEpoch / Recipe.Objective.Replays);

    /// <summary>The images of a batch of the epoch under way, and what they are to be classified as.</summary>
    internal (Tensor Images, Targets Targets) Examples(IEpochBatches batches, long batch)
    {
        var random = RandomSource.ForBatch(Random.Key("augmentation", Position.Attempt, Position.Epoch, batch));
        return new BatchMaker(Recipe, Data.Train).Make(batches.Batch(batch), random);
    }

    /// <summary>What the adversary of the next step may do: the recipe's threat model, smaller while ε warms up.</summary>
    public ThreatModel Threat
    {
        get
        {
            var warmup = Recipe.Train.EpsilonWarmupEpochs * StepsPerEpoch;
            return Position.Step < warmup ? Recipe.Threat.Scaled(Math.Min(1, (Position.Step + 1) / warmup)) : Recipe.Threat;
        }
    }

    /// <summary>A batch for the objective.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="targets">For N rows.</param>
    /// <param name="random">Of this step.</param>
    public TrainingBatch Batch(Tensor images, Targets targets, RandomSource random) =>
        new(TrainingNetwork, AttackNetwork.Classifier, images, targets, Threat, random, Memory.All, Position.Epoch + 1);

    /// <summary>The adversarial images of a batch's last rows, those that the objective attacks; null where it attacks none.</summary>
    public Tensor? Perturb(TrainingBatch batch)
    {
        var rows = batch.Images.shape[0];
        var clean = Recipe.Objective.CleanRows(rows);
        return clean == rows ? null : PerturbRows(batch, clean, rows - clean);
    }

    /// <summary>How far the adversarial images of <see cref="Perturb"/> leave the bound that the objective declares: float [], negative or nearly zero; null where there are none.</summary>
    public Tensor? Violation(TrainingBatch batch, Tensor? adversarial)
    {
        if (adversarial is null)
            return null;
        var rows = adversarial.shape[0];
        var originals = batch.Images.narrow(0, batch.Images.shape[0] - rows, rows);
        return batch.Threat.Violation(originals, adversarial, Recipe.Objective.Bound(batch.Threat));
    }

    /// <summary>Makes the averaged weights ready to be measured.</summary>
    internal void PrepareAverage()
    {
        if (Average is null)
            return;
        GlobalGenerators.Seed(Random.Key("statistics", Position.Attempt, Position.Epoch));
        using var order = Sampler.Epoch(attempt: 0, epoch: 0, Device);
        Average.Prepare(Position.Step, StepsPerEpoch, order.Steps, batch => Data.Train.Batch(order.Rows(batch)).Images);
    }

    /// <summary>Keeps the precision that "auto" meant when the run began, whatever this machine would choose.</summary>
    /// <param name="recorded">What the checkpoint recorded; null for nothing.</param>
    internal void UseAttackPrecision(AttackPrecision? recorded)
    {
        if (recorded is not { } precision || Recipe.Train.AttackPrecision != AttackPrecision.Auto || precision == AttackNetwork.Precision)
            return;
        AttackNetwork.Dispose();
        AttackNetwork = NewAttackNetwork(precision);
    }

    /// <summary>Sets the number of CPU threads, on which the last bits of a run depend.</summary>
    [MemberNotNull(nameof(Parts))]
    public void UseThreads(int count)
    {
        Threads.Use(count);
        Parts?.Dispose();
        Parts = new(Device, count);
    }

    /// <summary>The tensor files of a checkpoint: live tensors, not copies.</summary>
    internal IReadOnlyList<TensorFile> Tensors(IEnumerable<ICheckpointed> parts) =>
    [
        new(CheckpointFiles.Model, StateLoader.Tensors(module), Metadata(CheckpointFiles.Model)),
        .. Average is { } average ? [new(CheckpointFiles.Average, average.Tensors(), Metadata(CheckpointFiles.Average))] : Array.Empty<TensorFile>(),
        new(CheckpointFiles.Optimizer, Optimizer.Named(Parameters.Layout), NoMetadata),
        new(CheckpointFiles.State, PartTensors(parts), NoMetadata),
    ];

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
        foreach (var flat in (Tensor[])[Parameters.Values, .. Optimizer.Buffers.Select(buffer => buffer.Flat)])
            Parameters.Layout.ClearPadding(flat);
        foreach (var part in parts)
            part.Load(checkpoint.State.Parts[part.Name]);
        if (change is not null)
        {
            Guard.Forget();
            EarlyStopping.Load(null);
        }
        Position.Load(checkpoint.State);
        Position.ReopenCutEpoch(change is { Batches: true } ? change.FormerSteps : StepsPerEpoch);
        if (change is { Batches: true })
        {
            Position.CountAnew(StepsPerEpoch, change.FormerSteps);
            if (Position.StepInEpoch == 0)
                Sums.Restart();
        }
        // A run that was finished and has been given more epochs is trained further.
        Position.Next = Position.Next switch
        {
            NextAction.Final or NextAction.Done when !IsTrained => NextAction.Step,
            // The same before the evaluation of an epoch that train.maxSteps had cut short.
            NextAction.Evaluate when !IsTrained && Position.StepInEpoch < StepsPerEpoch => NextAction.Step,
            // Of one that has been given fewer, this was the last.
            NextAction.Step when IsTrained && Position.StepInEpoch == 0 => NextAction.Final,
            var next => next,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Parts.Dispose();
        Sums.Dispose();
        Memory.Dispose();
        Average?.Dispose();
        AttackNetwork.Dispose();
        Optimizer.Dispose();
        network.Dispose();
        second?.Dispose();
        Buffers.Dispose();
        Parameters.Dispose();
        Network.Dispose();
        module.Dispose();
        Data.Dispose();
    }

    private Dictionary<string, string> Metadata(string weights) =>
        WeightsDescription.Metadata(weights, Recipe.MeasuredWeights, Network, Data.Train.Shape);

    private static IReadOnlyDictionary<string, string> NoMetadata { get; } = new Dictionary<string, string>();

    private static IReadOnlyList<(string, Tensor)> PartTensors(IEnumerable<ICheckpointed> parts) =>
        [.. parts.SelectMany(part => part.Tensors.Select(tensor => ($"{part.Name}.{tensor.Key}", tensor.Tensor)))];

    private Tensor? PerturbRows(TrainingBatch batch, long first, long rows)
    {
        if (Recipe.BatchNorm.Attack == BatchNormAttack.Eval)
        {
            // Modules' modes belong to all threads: set here once, for all parts.
            using var evaluation = batch.AttackNetwork.InEvaluationMode();
            return Parts.Map(rows, (start, count) => Recipe.Objective.PerturbUnchecked(batch.Part(first + start, count)));
        }
        // The batch's own statistics: it cannot be divided.
        using var kept = Recipe.BatchNorm.Attack == BatchNormAttack.Batch ? TrainingNetwork.WithoutUpdates() : null;
        return Recipe.Objective.PerturbUnchecked(batch.Part(first, rows));
    }

    private AttackNetwork NewAttackNetwork(AttackPrecision precision)
    {
        var inSecond = second is not null && Recipe.BatchNorm.Evaluate == BatchNormSet.Clean;
        return new(network.Adversarial, Parameters, inSecond ? second!.Buffers : Buffers, precision, () => Build(trainable: false), inSecond);
    }

    private Module Build(bool trainable) => NetworkBuilder.Build(Recipe.Model, Recipe.Seed, Data.Train, Device, trainable);
}
