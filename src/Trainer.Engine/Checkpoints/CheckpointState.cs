using System.Text.Json.Nodes;
using Trainer.Engine.Devices;

namespace Trainer.Engine.Checkpoints;

/// <summary>The contents of state.json: a run's position and states, apart from its tensors.</summary>
public sealed record CheckpointState
{
    /// <summary>Version of the checkpoint's layout.</summary>
    public int Format { get; init; } = CheckpointFormat.Current;

    /// <summary>What comes first on resuming.</summary>
    public required NextAction Next { get; init; }

    /// <summary>Epochs finished.</summary>
    public required int Epoch { get; init; }

    /// <summary>Steps done in the epoch under way.</summary>
    public required long StepInEpoch { get; init; }

    /// <summary>Steps done in the run.</summary>
    public required long GlobalStep { get; init; }

    /// <summary>Roll-backs so far; part of every random key.</summary>
    public required int Attempt { get; init; }

    /// <summary>
    /// The monitored metric of this save's own weights, higher being better; null where they were not evaluated.
    /// </summary>
    public double? Score { get; init; }

    /// <summary>The best save so far, this one included. The store sets it.</summary>
    public BestSave? Best { get; init; }

    /// <summary>
    /// The first save whose score is of the recipe as it is now: those before are compared with none. The store sets
    /// it.
    /// </summary>
    public long ScoredFrom { get; init; }

    /// <summary>
    /// The <see cref="Checkpoint.Identity"/> of the checkpoint of another folder that the run began with; null for
    /// none. The store sets it.
    /// </summary>
    public string? Origin { get; init; }

    /// <summary>The resolved recipe.</summary>
    public required JsonObject Recipe { get; init; }

    /// <summary>Its hash.</summary>
    public required string RecipeHash { get; init; }

    /// <summary>Identifies the data set, training and test images together.</summary>
    public required string DataFingerprint { get; init; }

    /// <summary>Identifies the test images alone; null in checkpoints that did not record it.</summary>
    public string? TestFingerprint { get; init; }

    /// <summary>
    /// One name a class, in the order of the labels; null where they have none, and in checkpoints that did not record
    /// them.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Versions by name, of the trainer, TorchSharp and libtorch, the instruction set.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>The device that the run was on, as resolved.</summary>
    public required string Device { get; init; }

    /// <summary>Torch's threads, as resolved.</summary>
    public required int Threads { get; init; }

    /// <summary>How many processes shared a batch.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>What attacks computed in, as resolved; null in checkpoints that did not record it.</summary>
    public AttackPrecision? AttackPrecision { get; init; }

    /// <summary>SHA-256 of the file of weights that the run began with; null where it began with random ones.</summary>
    public string? InitialWeights { get; init; }

    /// <summary>Length of metrics.jsonl in bytes when this was saved.</summary>
    public required long MetricsLength { get; init; }

    /// <summary>
    /// A JSON value of each stateful part, by the part's name; their tensors are in state.safetensors.
    /// </summary>
    public required JsonObject Parts { get; init; }
}
