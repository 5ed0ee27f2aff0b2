using Trainer.Robustness.Components;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// A goal whose gradient is the mean over several forward passes, for networks with noise of their own: the expectation
/// over transformation (Athalye et al. 2018, arXiv:1707.07397). Logits and values are those of the last pass, as in the
/// public AutoAttack.
/// </summary>
/// <param name="goal">What to maximise.</param>
/// <param name="draws">Forward and backward passes each time, at least 1.</param>
public sealed class EotLoss(AttackLoss goal, int draws) : AttackLoss(goal.Labels)
{
    private readonly int draws = Require.AtLeast(1, draws);

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits) => goal.PerExample(logits);

    /// <inheritdoc/>
    protected internal override void Check(long examples, int classes) => goal.Check(examples, classes);

    /// <inheritdoc/>
    public override AttackLoss Replaced(AttackLoss own) => new EotLoss(goal.Replaced(own), draws);

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) => new EotLoss(goal.Select(rows), draws);

    /// <inheritdoc/>
    public override LossGradient[] At(Classifier classifier, Tensor images, IReadOnlyList<AttackLoss> own)
    {
        var last = goal.At(classifier, images, own);
        for (var draw = 1; draw < draws; draw++)
        {
            // Each draw takes the place of the one before, whose gradients it adds to its own.
            using var scope = NewDisposeScope();
            var next = goal.At(classifier, images, own);
            foreach (var (index, point) in next.Index())
            {
                point.Gradient.add_(last[index].Gradient);
                foreach (var former in (ReadOnlySpan<Tensor>)[last[index].Logits, last[index].Values, last[index].Gradient])
                    former.Dispose();
                next[index] = new(point.Logits.MoveToOuterDisposeScope(), point.Values.MoveToOuterDisposeScope(), point.Gradient.MoveToOuterDisposeScope());
            }
            last = next;
        }
        foreach (var point in last)
            point.Gradient.div_(draws);
        return last;
    }
}
