using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>What one network, the target or a shadow model, says of the audited images.</summary>
public sealed class AuditedModel
{
    private AuditedModel(Confidences clean, double[] population, bool[] isMember) =>
        (Clean, Population, IsMember) = (clean, population, isMember);

    /// <summary>Of the images as they are.</summary>
    internal Confidences Clean { get; }

    /// <summary>The logit-scaled confidence of test images.</summary>
    internal double[] Population { get; }

    /// <summary>Whether the network was trained on each.</summary>
    internal bool[] IsMember { get; }

    /// <summary>Of adversarial images; null where there is no attack.</summary>
    internal Confidences? Attacked { get; private init; }

    /// <summary>The attack and its threat model; null for none.</summary>
    internal string? AttackName { get; private init; }

    /// <summary>Asks the target.</summary>
    /// <param name="saved">The network, left in its own mode, and the threads that the attack runs on.</param>
    /// <param name="examples">The images.</param>
    /// <param name="blockSize">How many at once.</param>
    /// <param name="attack">Makes adversarial images; null for none.</param>
    /// <param name="threat">The admissible perturbations.</param>
    /// <param name="seed">Decides the attack's draws.</param>
    public static AuditedModel Target(
        SavedClassifier saved, AuditedExamples examples, int blockSize, IAttack? attack, ThreatModel threat, long seed)
    {
        var classifier = saved.Classifier;
        using var evaluation = classifier.InEvaluationMode();
        var key = RandomKey.Of(seed).With("audit attack");
        var attacked = attack is null ? null : Both(classifier, examples, blockSize,
            part => new AuditedAttack(attack, threat, key.With(part), saved.Workers));
        return new(
            Both(classifier, examples, blockSize), Confidences.Of(classifier, examples.Population, blockSize).Phi,
            [.. Enumerable.Range(0, 2 * examples.Count).Select(place => place < examples.Count)])
        {
            Attacked = attacked,
            AttackName = attack is null ? null : $"{attack.Name}, {threat}",
        };
    }

    /// <summary>Asks a shadow model.</summary>
    /// <param name="classifier">The network. Left in its own mode.</param>
    /// <param name="examples">The images.</param>
    /// <param name="blockSize">How many at once.</param>
    /// <param name="pool">The data, without a subset.</param>
    /// <param name="subset">The shadow model's.</param>
    /// <param name="checkpoint">Its checkpoint.</param>
    /// <exception cref="TrainerException">It was trained on other data.</exception>
    public static AuditedModel Shadow(
        Classifier classifier, AuditedExamples examples, int blockSize, DataSplits pool, TrainingSubset subset,
        Checkpoint checkpoint)
    {
        var trained = AuditedExamples.TrainedRows(pool, subset, checkpoint);
        using var evaluation = classifier.InEvaluationMode();
        return new(
            Both(classifier, examples, blockSize), Confidences.Of(classifier, examples.Population, blockSize).Phi,
            [.. examples.Rows.Select(trained.Contains)]);
    }

    /// <summary>Checks that methods have the shadow models that they need, for every example.</summary>
    /// <exception cref="TrainerException">They have not.</exception>
    public static void CheckShadows(IReadOnlyList<AuditedModel> shadows, IReadOnlyList<PrivacyAttack> methods)
    {
        if (shadows.Count == 0 || !methods.Any(PrivacyAuditor.NeedsShadows))
            return;
        var counts = Enumerable.Range(0, shadows[0].IsMember.Length)
            .Select(place => shadows.Count(shadow => shadow.IsMember[place])).ToList();
        if (counts.Max() == shadows.Count || (methods.Contains(PrivacyAttack.LiraOnline) && counts.Min() == 0))
            throw new TrainerException(ErrorKind.Recipe, $"--shadows: each of the {shadows[0].IsMember.Length} images "
                + $"must be in some of the {shadows.Count} shadow runs and not in others, and one is in "
                + $"{(counts.Max() == shadows.Count ? "all" : "none")} of them. Train more with --train-shadows, an "
                + "even number.");
    }

    private static Confidences Both(
        Classifier classifier, AuditedExamples examples, int blockSize, Func<string, AuditedAttack>? attack = null)
    {
        // The names decide the draws of the attack.
        var members = Confidences.Of(classifier, examples.Members, blockSize, attack?.Invoke("members"));
        var nonMembers = Confidences.Of(classifier, examples.NonMembers, blockSize, attack?.Invoke("others"));
        return new([.. members.Phi, .. nonMembers.Phi], [.. members.Correct, .. nonMembers.Correct]);
    }
}
