using Trainer.Robustness.Native;

namespace Trainer.Robustness.Losses;

/// <summary>What an attack maximises: one number for each example, a function of the logits.</summary>
/// <param name="labels">Int64 [N], the true classes.</param>
public abstract class AttackLoss(Tensor labels)
{
    /// <summary>Int64 [N], the true classes.</summary>
    public Tensor Labels { get; } = labels;

    /// <summary>How many copies of an image go through the network each time.</summary>
    private protected virtual long Copies => 1;

    /// <summary>The quantity to maximise.</summary>
    /// <param name="logits">Float32 [N, K].</param>
    /// <returns>Float32 [N].</returns>
    public abstract Tensor PerExample(Tensor logits);

    /// <summary>Checks what the loss holds besides the labels, for attacks that are called with checks.</summary>
    /// <param name="examples">The number of images N.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    protected internal virtual void Check(long examples, int classes)
    {
    }

    /// <summary>The same loss for some of the rows.</summary>
    /// <param name="rows">Int64 [M], positions in the present batch.</param>
    public abstract AttackLoss Select(Tensor rows);

    /// <summary>
    /// What replaces this loss in an attack that has one of its own: a loss that averages still averages.
    /// </summary>
    /// <param name="own">The attack's.</param>
    public virtual AttackLoss Replaced(AttackLoss own) => own;

    /// <summary>
    /// What an attack that names a loss maximises: a cross-entropy keeps its shares, a loss that averages still
    /// averages.
    /// </summary>
    /// <param name="kind">The loss that the attack names.</param>
    /// <param name="classes">The number of classes K.</param>
    internal virtual AttackLoss As(AttackLossKind kind, int classes) => Replaced(kind.For(Labels, classes));

    /// <summary>The classes but the true one, in the order of the logits: the targets of targeted attacks.</summary>
    /// <param name="logits">Float [N, K].</param>
    /// <returns>Int64 [N, K − 1].</returns>
    internal Tensor Others(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var ahead = full_like(Labels.unsqueeze(1), float.PositiveInfinity, logits.dtype);
        return logits.scatter(1, Labels.unsqueeze(1), ahead).argsort(1, descending: true)
            .narrow(1, 1, logits.shape[1] - 1).MoveToOuterDisposeScope();
    }

    /// <summary>The logits that the loss is a function of, with their graph.</summary>
    /// <param name="classifier">In the mode in which the attack goes through it.</param>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <returns>Float32 [N, K].</returns>
    protected internal virtual Tensor Logits(Classifier classifier, Tensor images) => classifier.Logits(images);

    /// <summary>
    /// The loss and its gradient with respect to each example's image, by one forward and one backward pass. Only the
    /// images take part: parameters get no gradient, and none of theirs is computed.
    /// </summary>
    /// <param name="classifier">In the mode in which the attack goes through it.</param>
    /// <param name="images">Float32 [N, C, H, W]; not modified.</param>
    public LossGradient At(Classifier classifier, Tensor images) => At(classifier, images, [this])[0];

    /// <summary>
    /// Several losses of an attack's own, each with its gradient, by one forward pass and a backward pass for each.
    /// </summary>
    /// <param name="classifier">In the mode in which the attack goes through it.</param>
    /// <param name="images">Float32 [N, C, H, W]; not modified.</param>
    /// <param name="own">For the same N examples; each takes this loss's place.</param>
    /// <exception cref="InvalidOperationException">Called in inference mode, where nothing has a gradient.</exception>
    public virtual LossGradient[] At(Classifier classifier, Tensor images, IReadOnlyList<AttackLoss> own)
    {
        if (is_inference_mode_enabled())
            throw new InvalidOperationException(
                "Found torch.inference_mode(), in which nothing has a gradient, expected a call outside of it. "
                + "Attacks may be called within torch.no_grad().");
        using var enabled = enable_grad();
        using var scope = NewDisposeScope();
        using var newShape = classifier.LockIfNew(images);
        var input = images.detach().requires_grad_();
        var logits = Logits(classifier, input);
        var points = new LossGradient[own.Count];
        for (var index = 0; index < points.Length; index++)
        {
            var values = own[index].PerExample(logits);
            // The sum's gradient is each example's own: unlike the mean's, it does not depend on the size of the batch.
            // A network that cuts its own graph has no gradient, whether or not its parameters take part in what is
            // left.
            var gradient = (values.requires_grad ? GuardedCalls.Gradients(
                values.sum(), [input], retainGraph: index + 1 < points.Length)[0] : null)
                ?? zeros_like(images);
            classifier.CountBackward(gradient, Copies);
            points[index] = new(
                logits.detach().MoveToOuterDisposeScope(), values.detach().MoveToOuterDisposeScope(),
                gradient.MoveToOuterDisposeScope());
        }
        return points;
    }

    /// <summary>The gradient of <see cref="At(Classifier, Tensor)"/> alone.</summary>
    /// <param name="classifier">In the mode in which the attack goes through it.</param>
    /// <param name="images">Float32 [N, C, H, W]; not modified.</param>
    /// <returns>Float32 [N, C, H, W], the caller's to change.</returns>
    public Tensor Gradient(Classifier classifier, Tensor images)
    {
        using var scope = NewDisposeScope();
        return At(classifier, images).Gradient.MoveToOuterDisposeScope();
    }
}
