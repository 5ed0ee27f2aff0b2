using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Weights;

/// <summary>
/// Images that an attack finds for the network of other weights (Papernot et al. 2016, arXiv:1605.07277). Choose one
/// that continues after its first success, such as pgd or mim: images that barely fool one network seldom fool another.
/// </summary>
[Component("transfer", Version = 2)]
public sealed record TransferFrom : IAttack
{
    private readonly Lock loading = new();
    private WeightsSource? found;
    private Transfer? transfer;

    // For "with", by which any option may change: the copy has loaded nothing.
    private TransferFrom(TransferFrom other) => (loading, Source, Model, WeightsKey, Attack) =
        (new(), other.Source, other.Model, other.WeightsKey, other.Attack);

    /// <summary>
    /// A run folder (its best checkpoint), a checkpoint, or a file of safetensors or PyTorch; its network is one of the
    /// engine's own.
    /// </summary>
    [FilePath, JsonIgnore] public required string Source { get; init; }

    /// <summary>The network of a file that does not name it; null where the source does.</summary>
    [JsonIgnore] public IArchitecture? Model { get; init; }

    /// <summary>
    /// The key of the state dict within a PyTorch file, levels separated by dots; null where there is but one.
    /// </summary>
    [JsonIgnore] public string? WeightsKey { get; init; }

    /// <summary>What attacks the other network.</summary>
    public required IAttack Attack { get; init; }

    /// <summary>
    /// SHA-256 of the other weights' file, in lower-case hex, and what the recipe states of it, by which an evaluation
    /// recognises them.
    /// </summary>
    /// <exception cref="TrainerException">There are none.</exception>
    public string Weights
    {
        get
        {
            lock (loading)
            {
                using var tensors = Found.Open(Found.Measured);
                using var file = File.OpenRead(tensors.Path);
                var stated = Model is null ? WeightsKey : $"{WeightsKey} {WeightsDescription.Line(Model)}";
                return Convert.ToHexStringLower(SHA256.HashData(file)) + (stated is null ? "" : $" {stated}");
            }
        }
    }

    /// <summary>Looked for once: what a run that is still training calls its best may change.</summary>
    private WeightsSource Found => found ??= Find();

    /// <inheritdoc/>
    public string Name => $"transfer-{Attack.Name}";

    /// <inheritdoc/>
    public AttackLossKind? Loss => Attack.Loss;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    int? IAttack.TargetsOf(int classes) => Attack.TargetsOf(classes);

    /// <inheritdoc/>
    public string? Caution(int classes) => Attack.Caution(classes);

    bool IAttack.NeedsGradients => false;

    // It does not ask the attacked network.
    IAttack? IAttack.WithQueries(int queries) => this;

    /// <inheritdoc/>
    /// <exception cref="TrainerException">
    /// There are no such weights, or they do not fit their network for such images and so many classes.
    /// </exception>
    public AttackResult Run(AttackBatch batch)
    {
        var images = batch.Images;
        lock (loading)
            transfer ??= new(Attack, Load(
                new(images.shape[1], images.shape[2], images.shape[3]), batch.Classifier.Classes, images.device));
        return transfer.Run(batch);
    }

    /// <summary>Descriptions are equal where their options are, whatever was loaded.</summary>
    public bool Equals(TransferFrom? other) =>
        other is not null && (Source, Model, WeightsKey) == (other.Source, other.Model, other.WeightsKey)
        && Attack.Equals(other.Attack);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Source, Attack);

    private WeightsSource Find() => Named(() => WeightsSource.Find(Source, _ => { }, WeightsKey));

    private static T Named<T>(Func<T> action) => TrainerException.Named("transfer.source", action);

    /// <summary>The other network, to stay. Leaves torch's global generator as it was.</summary>
    private Classifier Load(ImageShape images, int classes, Device device)
    {
        var source = Found;
        var description = source.Checkpoint is null
            ? Named(() => WeightsDescription.Read(source.Path, WeightsKey, images, classes)) : null;
        var stated = source.Checkpoint?.State.Recipe["model"] ?? description?.Model;
        if (Model is not null && stated is not null)
            throw new TrainerException(ErrorKind.Recipe, $"transfer.model: '{source.Path}' names its network itself. "
                + "Leave it out.");
        var architecture = Model ?? (stated is null
            ? throw new TrainerException(ErrorKind.Recipe, $"transfer.source: '{source.Path}' holds weights alone; "
            + "expected a run, a checkpoint, or a file that trainer export wrote, which names its network. Add it as "
            + "\"model\".")
            : RecipeLoader.FromText<SourceNetwork>(
            new JsonObject { ["model"] = stated.DeepClone() }.ToJsonString(), source.Path, BuiltInComponents.Registry())
            .Value.Model);
        // On a thread of its own nothing is freed with the scope of whoever attacks first.
        return Task.Factory.StartNew(
            Build, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).GetAwaiter()
            .GetResult();

        Classifier Build()
        {
            using var noGrad = no_grad();
            using var state = get_rng_state();
            var module = architecture.Build(images, classes);
            set_rng_state(state);
            foreach (var parameter in module.parameters())
                parameter.requires_grad = false;
            GuardedCalls.Move(module, device);
            module.eval();
            using var tensors = source.Open(source.Measured);
            WeightsLoader.Load(tensors, module);
            return new(module, classes, architecture.Normalisation);
        }
    }

    private sealed record SourceNetwork
    {
        public required IArchitecture Model { get; init; }
    }
}
