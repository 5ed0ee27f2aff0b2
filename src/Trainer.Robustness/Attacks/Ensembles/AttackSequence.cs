using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>Attacks one after the other, each on the examples for which those before it did not succeed.</summary>
internal static class AttackSequence
{
    /// <returns>
    /// The adversarial image of each successful example, the last bounded part's image of each other one.
    /// </returns>
    public static AttackResult Run(IReadOnlyList<IAttack> parts, AttackBatch batch, string name) =>
        RemainingExamples.Attack(
            batch with { StopAtSuccess = true }, name, parts.Count, (remaining, examples) =>
        {
            var part = parts[remaining.Run];
            var loss = (part.Loss ?? AttackLossKind.Margin).For(examples.Loss.Labels, batch.Classifier.Classes);
            var found = part.Run(examples with
            {
                Loss = examples.Loss.Replaced(loss),
                Random = examples.Random.With(remaining.Run),
            });
            // An unsuccessful image outside the ball is no image of this threat model's.
            remaining.Merge(found, keepsFailures: part.Bound(batch.Threat) <= batch.Threat.Epsilon);
        });
}
