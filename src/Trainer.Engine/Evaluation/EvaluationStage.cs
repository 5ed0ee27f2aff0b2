using System.Text.Json.Serialization;

namespace Trainer.Engine.Evaluation;

/// <summary>One attack of an evaluation, on the examples that were robust before it.</summary>
/// <param name="Attack">Its name; <see cref="Clean"/> for none.</param>
/// <param name="Attacked">How many examples it was tried on.</param>
/// <param name="Robust">How many of them are robust after it.</param>
/// <param name="Forward">Images through a forward pass.</param>
/// <param name="Backward">Images through a backward pass to the input.</param>
/// <param name="Seconds">How long it took; null where a ledger held some of it already.</param>
public sealed record EvaluationStage(
    string Attack, int Attacked, int Robust, long Forward, long Backward, double? Seconds)
{
    /// <summary>The name of the first stage: images as they are.</summary>
    public const string Clean = "clean";

    /// <summary>The number of target classes; null for an attack without targets.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Targets { get; init; }
}
