using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Attacks one after the other, each on the examples that those before it did not make misclassified.
/// </summary>
[Component("sequence")]
public sealed record AttackSequence : IAttack
{
    /// <summary>The attacks, one or more, in their order.</summary>
    public required IReadOnlyList<IAttack> Attacks
    {
        get;
        init => field = value.Count > 0 ? value : throw new ArgumentException(
            "Found none, expected one attack or more.", nameof(Attacks));
    }

    /// <inheritdoc/>
    public string Name => string.Join(" + ", Attacks.Select(attack => attack.Name));

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attacks.Max(attack => attack.Bound(threat));

    bool IAttack.NeedsGradients => Attacks.Any(attack => attack.NeedsGradients);

    IReadOnlyList<IAttack> IAttack.PartsUnder(ThreatModel threat) => Attacks;

    /// <inheritdoc/>
    public string? Caution(int classes) =>
        Attacks.Select(attack => attack.Caution(classes)).OfType<string>().Distinct().ToList()
            is { Count: > 0 } cautions ? string.Join(" ", cautions) : null;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => Run(Attacks, batch, Name);

    /// <returns>
    /// The adversarial image of each successful example, the last bounded part's image of each other one.
    /// </returns>
    internal static AttackResult Run(IReadOnlyList<IAttack> parts, AttackBatch batch, string name) =>
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
            remaining.Merge(part.Name, found, keepsFailures: part.Bound(batch.Threat) <= batch.Threat.Epsilon);
        });
}
