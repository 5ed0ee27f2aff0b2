using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>One run of DeepFool over a batch, which examples leave once they are beyond a boundary.</summary>
internal static class DeepFoolRun
{
    // Keeps a step from ending short of the boundary, and a zero gradient from dividing.
    private const double Tiny = 1e-8;

    /// <summary>Runs from the images themselves.</summary>
    /// <param name="batch">Of whose loss the labels are used, and the averaging.</param>
    /// <param name="attack">The settings.</param>
    /// <param name="remaining">
    /// Receives the first misclassified iterate of each example, a success where it is within ε, and the last iterate
    /// of the others.
    /// </param>
    public static void Run(AttackBatch batch, DeepFool attack, RemainingExamples remaining)
    {
        using var scope = NewDisposeScope();
        batch = batch with { Images = batch.Images.clone() };
        var (point, change) = (batch.Images.clone(), zeros_like(batch.Images));
        for (var step = 0; step <= attack.Steps && remaining.Any; step++)
        {
            using var stay = Step(step);
            if (stay is null)
                continue;
            batch = batch.Keep(stay);
            RemainingExamples.Select(ref point, stay);
            RemainingExamples.Select(ref change, stay);
        }
        remaining.Keep(point);

        // The verdicts on an iterate, and the step to the next one. The rows that stay; null where all do.
        Tensor? Step(int step)
        {
            using var iteration = NewDisposeScope();
            if (step == attack.Steps)
                return Leave(batch.Classifier.PredictUnchecked(point), step);
            var (logits, gaps, normals) = Boundaries(batch, point);
            var stay = Leave(logits.argmax(1), step);
            change.add_(ToNearest(gaps, normals, point, batch.Threat.Norm).reshape(change.shape));
            point.copy_((batch.Images + change * (1 + attack.Overshoot)).clamp_(0, 1));
            return stay;
        }

        Tensor? Leave(Tensor predicted, int step) => remaining.Leave(
            predicted.eq(batch.Loss.Labels), point, step,
            batch.Threat.Contains(batch.Images, point))?.MoveToOuterDisposeScope();
    }

    /// <summary>Float32 [N, D]: the shortest move onto the nearest of the linearised boundaries.</summary>
    private static Tensor ToNearest(Tensor gaps, Tensor normals, Tensor point, Norm norm)
    {
        if (norm == Norm.L1)
            normals.mul_(Movable(normals, point.flatten(1).unsqueeze(1)));
        // In the dual norm.
        var lengths = norm switch
        {
            Norm.Linf => normals.abs().sum(2),
            Norm.L1 => normals.abs().amax(2),
            _ => normals.square().sum(2).sqrt(),
        };
        lengths.add_(Tiny);
        var (_, nearest) = (gaps / lengths).min(1);
        var row = nearest.unsqueeze(1);
        var (gap, length) = (gaps.gather(1, row) + Tiny, lengths.gather(1, row));
        var normal = normals.gather(1, row.unsqueeze(2).expand(-1, -1, normals.shape[2])).squeeze(1);
        return norm switch
        {
            Norm.Linf => normal.sign() * (gap / length),
            Norm.L1 => Largest(normal.sign() * (gap / length), normal),
            _ => normal * (gap / length.square()),
        };
    }

    /// <summary>Float32: 1 where a change along the normal stays in the box, 0 elsewhere.</summary>
    private static Tensor Movable(Tensor normals, Tensor point) =>
        (normals > 0).logical_and(point < 1).logical_or((normals < 0).logical_and(point > 0)).to(normals.dtype);

    /// <summary>The move of each row's greatest normal alone.</summary>
    private static Tensor Largest(Tensor move, Tensor normal)
    {
        var place = normal.abs().argmax(1, keepdim: true);
        return zeros_like(move).scatter(1, place, move.gather(1, place));
    }

    /// <summary>
    /// The logits [N, K], how far the true class leads over each other one [N, K − 1], and the gradients of the others'
    /// gain [N, K − 1, D].
    /// </summary>
    private static (Tensor Logits, Tensor Gaps, Tensor Normals) Boundaries(AttackBatch batch, Tensor point)
    {
        var (labels, classes) = (batch.Loss.Labels, batch.Classifier.Classes);
        var others = Enumerable.Range(1, classes - 1)
            .Select(offset => new TargetedMarginLoss(labels, (labels + offset) % classes));
        var at = batch.Loss.At(batch.Classifier, point, [.. others]);
        return (at[0].Logits, stack(at.Select(point => -point.Values), 1),
            stack(at.Select(point => point.Gradient.flatten(1)), 1));
    }
}
