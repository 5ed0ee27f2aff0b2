using System.Text.Json.Serialization;

namespace Trainer.Engine.Evaluation.Ledgers;

/// <summary>The result of one attack on one example.</summary>
/// <param name="Index">Its data-set index.</param>
/// <param name="Label">Its true class.</param>
/// <param name="Predicted">The class that the plain network predicts for the attack's image.</param>
/// <param name="BrokenBy">The attack that succeeded; null where none did.</param>
/// <param name="Run">The restart or target that broke it, from 0.</param>
/// <param name="Iteration">The iteration that broke it; 0 is the start.</param>
/// <param name="Tie">
/// Whether the network still has the attack's image right, by a margin so small that the last bits of the logits
/// decide. It counts as broken.
/// </param>
/// <param name="Margin">
/// On the attack's image, the largest other logit less the true class's: above 0 it is misclassified, near 0 another
/// batch size may turn it.
/// </param>
/// <param name="Radius">The certified L2 radius of a smoothed network; null where nothing is certified.</param>
/// <param name="Votes">Of a smoothed network, how often each class was predicted; null of other networks.</param>
/// <param name="Distance">
/// Of an attack on a smoothed network, the L2 distance of its image from the original; null elsewhere.
/// </param>
public sealed record LedgerExample(
    long Index,
    long Label,
    long Predicted,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? BrokenBy = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Run = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Iteration = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Tie = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] float Margin = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Radius = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<long>? Votes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Distance = null);
