using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>Attacks one after the other, each on the examples that the ones before left standing.</summary>
internal static class AttackSequence
{
    /// <returns>The adversarial image of each broken example, the last bounded part's try at each that is still classified correctly.</returns>
    public static AttackResult Find(
        IReadOnlyList<IAttack> parts, Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var standing = new StandingExamples(classifier, images, goal, random);
        for (var part = 0; part < parts.Count && standing.Any; part++)
        {
            using var partScope = NewDisposeScope();
            var left = standing.Left();
            var labels = left.Goal.Labels;
            var own = left.Goal.Replaced((parts[part].Goal ?? AttackLossKind.Margin).For(labels, classifier.Classes));
            var found = parts[part].RunUnchecked(classifier, left.Images, own, threat, left.Random.With(part));
            // A try outside the ball is no image of this threat model's.
            var bounded = parts[part].Bound(threat) <= threat.Epsilon;
            using var kept = tensor([.. found.Breaks!.Select(what => bounded || what is not null)], device: images.device);
            standing.Keep(left, found, kept);
        }
        return standing.Findings;
    }
}
