using Trainer.Recipes;

namespace Trainer.Engine.Evaluation;

/// <summary>A network has no accuracy: some of its logits, or an attack's images, are NaN or infinite.</summary>
/// <param name="count">The number of such images.</param>
/// <param name="total">Of how many.</param>
/// <param name="attack">The attack whose images they are; null for the images themselves.</param>
public sealed class NonFiniteLogitsException(long count, long total, string? attack = null) : TrainerException(
    ErrorKind.Checkpoint,
    $"The network's logits{(attack is null ? "" : " or their gradient")} are NaN or infinite at {count} of {total} "
    + "images"
    + $"{(attack is null ? "" : $" under {attack}")}, so it has no accuracy. Look at the weights, "
    + "and at layers that divide or"
    + " take a root or a logarithm.")
{
    /// <summary>The number of such images.</summary>
    public long Count { get; } = count;

    /// <summary>Of how many.</summary>
    public long Total { get; } = total;
}
