using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Training;

/// <summary>
/// The network in training with its optimiser, its averaged weights, and the network that attacks go through.
/// </summary>
public sealed class TrainedModel : IDisposable
{
    private readonly Recipe recipe;
    private readonly ImageData images;
    private readonly Func<bool, Module> build;
    private readonly Module module;
    private readonly BatchNormNetwork network;
    private readonly InitialWeights? initial;

    /// <summary>Makes the network with the weights that the recipe begins with.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="images">The training images.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="resumes">
    /// Whether a checkpoint will be loaded, so that the file of weights to begin with need not be there.
    /// </param>
    /// <param name="processes">Those that share a batch; null for one.</param>
    /// <exception cref="TrainerException">
    /// The network does not fit the images, its weights or the objective.
    /// </exception>
    public TrainedModel(
        Recipe recipe, ImageData images, Device device, bool resumes = false, Collectives? processes = null)
    {
        (this.recipe, this.images) = (recipe, images);
        processes ??= OneProcess.Instance;
        initial = InitialWeights.Open(recipe.Model, resumes);
        build = trainable =>
        {
            var built = NetworkBuilder.Build(recipe.Model, recipe.Seed, images, device, trainable);
            initial?.LoadInto(built);
            if (recipe.BatchNorm.Synchronise)
                // The average alone is not trained: each process passes the same batches through it.
                SynchronisedBatchNorm.Install(built, trainable ? processes : OneProcess.Instance);
            return built;
        };
        module = build(true);
        Network = new(module, images.Classes, recipe.Model.Normalisation);
        Prepare(recipe.Objective);
        var other = AuxiliaryBatchNorm.Build(recipe.BatchNorm, () => build(true));
        Parameters = new(module, channelsLast: true, other)
        {
            Head = recipe.Model is TrainableArchitecture { NewHead: true } ? NetworkHead.Keys(module)
                : new HashSet<string>(),
        };
        Buffers = new(module);
        Auxiliary = other is null ? null : new(other, Network);
        var rows = Math.Min(recipe.Train.BatchSize, images.Count) / processes.Size;
        network = new(Network, Buffers, Auxiliary, recipe.BatchNorm, rows);
        Optimizer = recipe.Optimizer.Start(Parameters);
        var precision = AttackNetwork.Resolve(recipe.Train.AttackPrecision, device, recipe.BatchNorm.Attack);
        AttackNetwork = NewAttackNetwork(precision);
        Average = recipe.Average is { } average
            ? new(average, Network, Parameters, Buffers, () => build(false)) : null;
        Natural = recipe.Objective.GradientProjection is > 0 and var beta
            ? new(beta, build(true), Network, Parameters, Buffers, recipe.Optimizer) : null;
    }

    /// <summary>The network in training, as it is evaluated.</summary>
    public Classifier Network { get; }

    /// <summary>The network as objectives see it.</summary>
    public TrainingNetwork TrainingNetwork => network;

    /// <summary>
    /// SHA-256 of the file of weights that the recipe begins with; null where it names none, or a resume found none.
    /// </summary>
    public string? InitialFingerprint => initial?.Fingerprint;

    /// <summary>What was done to begin with other weights than random ones, one sentence each.</summary>
    public IEnumerable<string> InitialNotes => initial?.Notes ?? [];

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
    public Classifier Measured =>
        Average is { } average && recipe.MeasuredWeights == CheckpointFiles.Average ? average.Classifier : Network;

    /// <summary>Every network that training puts images through.</summary>
    internal IReadOnlyList<Classifier> Networks =>
    [
        network.Clean, network.Adversarial, AttackNetwork.Classifier,
        .. Natural is null ? (Classifier[])[] : [Natural.Classifier],
    ];

    /// <summary>The second set of batch norm's layers; null where the recipe has one set.</summary>
    internal AuxiliaryBatchNorm? Auxiliary { get; }

    /// <summary>The copy that is trained without attacks; null where the objective has none.</summary>
    internal NaturalTraining? Natural { get; }

    /// <summary>The files of weights and optimiser in a checkpoint: live tensors, not copies.</summary>
    internal IReadOnlyList<TensorFile> Files =>
    [
        new(CheckpointFiles.Model, StateLoader.Tensors(module), Metadata(CheckpointFiles.Model)),
        .. Average is { } average
            ? [new(CheckpointFiles.Average, average.Tensors(), Metadata(CheckpointFiles.Average))]
            : Array.Empty<TensorFile>(),
        new(CheckpointFiles.Optimizer, Optimizer.Named(Parameters.Layout), new Dictionary<string, string>()),
    ];

    /// <summary>Keeps the precision that "auto" meant when the run began, whatever this machine would choose.</summary>
    /// <param name="recorded">What the checkpoint recorded; null for nothing.</param>
    internal void UseAttackPrecision(AttackPrecision? recorded)
    {
        if (recorded is not { } precision
            || recipe.Train.AttackPrecision != AttackPrecision.Auto || precision == AttackNetwork.Precision)
            return;
        AttackNetwork.Dispose();
        AttackNetwork = NewAttackNetwork(precision);
    }

    /// <summary>Zeros the padding between the parameters after a load.</summary>
    internal void ClearPadding()
    {
        foreach (var flat in (Tensor[])[Parameters.Values, .. Optimizer.Buffers.Select(buffer => buffer.Flat)])
            Parameters.Layout.ClearPadding(flat);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Natural?.Dispose();
        Average?.Dispose();
        AttackNetwork.Dispose();
        Optimizer.Dispose();
        network.Dispose();
        Auxiliary?.Dispose();
        Buffers.Dispose();
        Parameters.Dispose();
        Network.Dispose();
        module.Dispose();
    }

    private void Prepare(IObjective objective)
    {
        if (objective.TrainsOnBounds)
            BatchNormNetwork.RequireCleanStatistics(recipe.BatchNorm);
        try
        {
            objective.Prepare(Network);
        }
        catch (NotSupportedException exception)
        {
            throw new TrainerException(ErrorKind.Recipe, $"objective: {exception.Message}", exception);
        }
    }

    private Dictionary<string, string> Metadata(string weights) =>
        WeightsDescription.Metadata(weights, recipe.MeasuredWeights, Network, images.Shape);

    private AttackNetwork NewAttackNetwork(AttackPrecision precision)
    {
        var auxiliary = recipe.BatchNorm.Evaluate == BatchNormSet.Clean ? Auxiliary : null;
        var buffers = auxiliary?.Buffers ?? Buffers;
        return new(network.Adversarial, Parameters, buffers, precision, () => build(false), auxiliary is not null);
    }
}
