using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

/// <summary>Runs attacks as users of the library, with checks, and as training does, to the last step.</summary>
internal static class AttackRuns
{
    public static AttackResult Run(
        this IAttack attack, Classifier classifier, Tensor images, AttackLoss loss, ThreatModel threat,
        RandomSource random) =>
        attack.Run(new AttackBatch(classifier, images, loss, threat, random));

    public static Tensor Perturb(
        this IAttack attack, Classifier classifier, Tensor images, AttackLoss loss, ThreatModel threat,
        RandomSource random) =>
        attack.Run(new AttackBatch(classifier, images, loss, threat, random) with { StopAtSuccess = false }).Images;
}
