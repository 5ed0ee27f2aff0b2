using Trainer.Robustness.Components;

namespace Trainer.Robustness.Losses;

/// <summary>
/// A loss whose gradient is the mean over several forward passes, for networks with noise of their own: the expectation
/// over transformation (Athalye et al. 2018, arXiv:1707.07397). Logits and values are those of the last pass, as in the
/// public AutoAttack.
/// </summary>
/// <param name="loss">What to maximise.</param>
/// <param name="iterations">Forward and backward passes each time, at least 1.</param>
public sealed class EotLoss(AttackLoss loss, int iterations) : AttackLoss(loss.Labels)
{
    private readonly int iterations = Require.AtLeast(1, iterations);

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits) => loss.PerExample(logits);

    /// <inheritdoc/>
    protected internal override void Check(long examples, int classes) => loss.Check(examples, classes);

    /// <inheritdoc/>
    public override AttackLoss Replaced(AttackLoss own) => new EotLoss(loss.Replaced(own), iterations);

    /// <inheritdoc/>
    internal override AttackLoss As(AttackLossKind kind, int classes) =>
        new EotLoss(loss.As(kind, classes), iterations);

    /// <inheritdoc/>
    protected internal override Tensor Logits(Classifier classifier, Tensor images) => loss.Logits(classifier, images);

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) => new EotLoss(loss.Select(rows), iterations);

    /// <inheritdoc/>
    public override LossGradient[] At(Classifier classifier, Tensor images, IReadOnlyList<AttackLoss> own)
    {
        var last = loss.At(classifier, images, own);
        for (var iteration = 1; iteration < iterations; iteration++)
        {
            // Each iteration takes the place of the one before, whose gradients it adds to its own.
            using var scope = NewDisposeScope();
            var next = loss.At(classifier, images, own);
            foreach (var (index, point) in next.Index())
            {
                point.Gradient.add_(last[index].Gradient);
                foreach (var former in (ReadOnlySpan<Tensor>)[last[index].Logits, last[index].Values,
                    last[index].Gradient])
                    former.Dispose();
                next[index] = new(
                    point.Logits.MoveToOuterDisposeScope(), point.Values.MoveToOuterDisposeScope(),
                    point.Gradient.MoveToOuterDisposeScope());
            }
            last = next;
        }
        foreach (var point in last)
            point.Gradient.div_(iterations);
        return last;
    }
}
