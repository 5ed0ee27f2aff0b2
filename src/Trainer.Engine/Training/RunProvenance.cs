using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;

namespace Trainer.Engine.Training;

/// <summary>The provenance of a run, which every checkpoint records.</summary>
/// <param name="Recipe">The resolved recipe.</param>
/// <param name="RecipeHash">Its hash.</param>
/// <param name="DataFingerprint">Identifies the data set, training and test images together.</param>
/// <param name="TestFingerprint">Identifies the test images alone.</param>
/// <param name="Versions">Versions by name.</param>
/// <param name="Device">The device, as resolved.</param>
/// <param name="Threads">Torch's threads, as resolved.</param>
/// <param name="AttackPrecision">What attacks compute in, as resolved.</param>
/// <param name="InitialWeights">SHA-256 of the file of weights that the run began with; null for random ones.</param>
public sealed record RunProvenance(
    JsonObject Recipe, string RecipeHash, string DataFingerprint, string TestFingerprint,
    IReadOnlyDictionary<string, string> Versions, string Device, int Threads, AttackPrecision AttackPrecision,
    string? InitialWeights = null)
{
    /// <summary>How many processes share a batch.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>One name a class, in the order of the labels; null where they have none.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    internal CheckpointState State(TrainingPosition position, double? score, long metricsLength, JsonObject parts) =>
        new()
        {
            Next = position.Next,
            Epoch = position.Epoch,
            StepInEpoch = position.StepInEpoch,
            GlobalStep = position.Step,
            Attempt = position.Attempt,
            Score = score,
            Recipe = Recipe,
            RecipeHash = RecipeHash,
            DataFingerprint = DataFingerprint,
            TestFingerprint = TestFingerprint,
            ClassNames = ClassNames,
            Versions = Versions,
            Device = Device,
            Threads = Threads,
            Processes = Processes,
            AttackPrecision = AttackPrecision,
            InitialWeights = InitialWeights,
            MetricsLength = metricsLength,
            Parts = parts,
        };
}
