using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>What an attack is run on. A copy made by <c>with</c> is not checked again.</summary>
public sealed record AttackBatch
{
    /// <summary>
    /// A batch whose parts are checked, which waits for the device, now and at each pass through the network.
    /// </summary>
    /// <param name="classifier">Maps images to logits [N, K], in the mode in which it is to be attacked.</param>
    /// <param name="images">
    /// Float32 [N, C, H, W] in [0, 1], float64 where the network's parameters are; not modified. N may be 0.
    /// </param>
    /// <param name="loss">What to maximise, for the same N examples.</param>
    /// <param name="threat">The admissible perturbations.</param>
    /// <param name="random">Where all of the attack's randomness comes from.</param>
    /// <exception cref="ArgumentException">An argument is not as described.</exception>
    public AttackBatch(Classifier classifier, Tensor images, AttackLoss loss, ThreatModel threat, RandomSource random)
        : this(classifier.Checked(images), images, loss, threat, random, stopAtSuccess: true) =>
        AttackArguments.Check(classifier, images, loss, threat, random);

    private AttackBatch(
        Classifier classifier, Tensor images, AttackLoss loss, ThreatModel threat, RandomSource random,
        bool stopAtSuccess) =>
        (Classifier, Images, Loss, Threat, Random, StopAtSuccess) =
        (classifier, images, loss, threat, random, stopAtSuccess);

    /// <summary>
    /// The attacked network. In a batch that was checked it throws a <see cref="NotFiniteNumberException"/> where
    /// logits are NaN or infinite, or a gradient is NaN.
    /// </summary>
    public Classifier Classifier { get; init; }

    /// <summary>Float [N, C, H, W] in [0, 1], the originals.</summary>
    public Tensor Images { get; init; }

    /// <summary>What to maximise.</summary>
    public AttackLoss Loss { get; init; }

    /// <summary>The admissible perturbations.</summary>
    public ThreatModel Threat { get; init; }

    /// <summary>Where the attack's randomness comes from.</summary>
    public RandomSource Random { get; init; }

    /// <summary>
    /// Whether each example leaves the attack at its first success; true unless set. Where it is false, as in training,
    /// attacks by gradient ascent take all steps with all examples and report no success. Those of one loss and one run
    /// return the last iterate, without waiting for the device; the others, such as apgd, apgd-t, multi-targeted and
    /// pma, the iterate of the greatest loss, the batch's, over all runs. Of several restarts of pgd, later ones attack
    /// the examples that are still classified correctly. Attacks of minimal distance (cw, deepfool, fab-t), those
    /// without gradients (square, hopskipjump) and sequences such as autoattack let examples leave in either case.
    /// </summary>
    public bool StopAtSuccess { get; init; }

    /// <summary>A batch of which nothing is checked, so that a training step does not wait for the device.</summary>
    /// <param name="classifier">As for the constructor.</param>
    /// <param name="images">As for the constructor.</param>
    /// <param name="loss">As for the constructor.</param>
    /// <param name="threat">As for the constructor.</param>
    /// <param name="random">As for the constructor.</param>
    public static AttackBatch Unchecked(
        Classifier classifier, Tensor images, AttackLoss loss, ThreatModel threat, RandomSource random) =>
        new(classifier, images, loss, threat, random, stopAtSuccess: true);

    /// <summary>The admissible images around the batch's; the caller's to dispose.</summary>
    public Ball CreateBall() => Ball.Create(Threat, Images);

    /// <summary>Some rows of the images, of the loss and of the random source.</summary>
    /// <param name="rows">Int64 [M], positions in this batch.</param>
    public AttackBatch Select(Tensor rows) => this with
    {
        Images = Images.index_select(0, rows),
        Loss = Loss.Select(rows),
        Random = Random.Select([.. rows.cpu().data<long>()]),
    };

    /// <summary>The batch with the loss that an attack names; as it is where the attack names none.</summary>
    internal AttackBatch With(AttackLossKind? loss) =>
        loss is { } kind ? this with { Loss = Loss.As(kind, Classifier.Classes) } : this;

    /// <summary>The batch as an attack begins with it.</summary>
    internal AttackBatch FromStart() => this with { Random = Random.FromStart() };

    /// <summary><see cref="Select"/>, which frees the images of this batch.</summary>
    internal AttackBatch Keep(Tensor rows)
    {
        using (Images)
            return Select(rows);
    }
}
