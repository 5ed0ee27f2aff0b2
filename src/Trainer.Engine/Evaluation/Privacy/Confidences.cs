using Trainer.Engine.Devices;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>What a network says of images.</summary>
/// <param name="Phi">The logit-scaled confidence in each label.</param>
/// <param name="Correct">Whether each is predicted as its label.</param>
internal sealed record Confidences(double[] Phi, bool[] Correct)
{
    /// <summary>Reads them of images as they are, or of adversarial ones.</summary>
    /// <param name="classifier">In evaluation mode.</param>
    /// <param name="images">The images.</param>
    /// <param name="blockSize">How many at once.</param>
    /// <param name="attack">Makes the images adversarial; null for not at all.</param>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public static Confidences Of(
        Classifier classifier, AuditedImages images, int blockSize, AuditedAttack? attack = null)
    {
        var (phi, correct, nonFinite) = (new List<double>(), new List<bool>(), 0L);
        foreach (var block in images.Places.Chunk(blockSize))
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var (clean, labels) = images.Data.Batch(tensor(block, device: images.Data.Device));
            var logits = classifier.Logits(attack?.Run(classifier, clean, labels, block) ?? clean);
            nonFinite += logits.isfinite().all(1).logical_not().sum().item<long>();
            correct.AddRange(logits.argmax(1).eq(labels).cpu().data<bool>().ToArray());
            phi.AddRange(LogitConfidence.Of(logits, labels).cpu().data<double>().ToArray());
        }
        return nonFinite == 0 ? new([.. phi], [.. correct])
            : throw new NonFiniteLogitsException(nonFinite, images.Places.Length);
    }
}

/// <summary>The attack whose images an audit queries; it takes all its steps, also where it succeeds earlier.</summary>
/// <param name="Attack">The attack.</param>
/// <param name="Threat">The admissible perturbations.</param>
/// <param name="Key">Where the randomness comes from.</param>
/// <param name="Workers">The threads that it runs on.</param>
internal sealed record AuditedAttack(IAttack Attack, ThreatModel Threat, RandomKey Key, BatchWorkers Workers)
{
    /// <summary>The adversarial images.</summary>
    public Tensor Run(Classifier classifier, Tensor images, Tensor labels, long[] indices)
    {
        var random = RandomSource.ForExamples(Key.With(Attack.Name), indices);
        var adversarial = Workers.Map(indices.Length, Part)
            ?? throw new InvalidOperationException($"The attack {Attack.Name} returned no images.");
        BoundCheck.Assert(Threat.Violation(images, adversarial, Attack.Bound(Threat)).item<float>(), Attack.Name);
        return adversarial;

        Tensor Part(long first, long count)
        {
            var loss = (Attack.Loss ?? AttackLossKind.Margin).For(labels.narrow(0, first, count), classifier.Classes);
            var batch = AttackBatch.Unchecked(
                classifier, images.narrow(0, first, count), loss, Threat, random.Part(first, count, indices.Length));
            return Attack.Run(batch with { StopAtSuccess = false }).Images;
        }
    }
}
