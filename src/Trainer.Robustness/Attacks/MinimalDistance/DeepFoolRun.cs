using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>One run of DeepFool over a batch, which examples leave once they are beyond a boundary.</summary>
/// <param name="classifier">As the attack goes through it.</param>
/// <param name="threat">Its norm is minimised.</param>
/// <param name="attack">Its settings.</param>
internal sealed class DeepFoolRun(Classifier classifier, ThreatModel threat, DeepFool attack)
{
    // Keeps a step from ending short of the boundary, and a zero gradient from dividing.
    private const double Tiny = 1e-8;

    /// <summary>Runs from the images themselves.</summary>
    /// <param name="images">Float32 [N, C, H, W], the originals, each of its own class.</param>
    /// <param name="goal">Whose labels are left, and whose average is kept.</param>
    /// <returns>The first misclassified iterate of each example, the last where there was none. Broken are those within ε.</returns>
    public AttackResult From(Tensor images, AttackLoss goal)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var running = new RunningExamples(images, attack.Name, 0);
        var (original, point, change) = (images.clone(), images.clone(), zeros_like(images));
        for (var step = 0; step <= attack.Steps && running.Any; step++)
        {
            using var stay = Step(step);
            if (stay is null)
                continue;
            goal = goal.Select(stay);
            RunningExamples.Keep(ref original, stay);
            RunningExamples.Keep(ref point, stay);
            RunningExamples.Keep(ref change, stay);
        }
        var found = running.Findings(point);
        var within = threat.Contains(images, found.Images).cpu().data<bool>();
        return new(found.Images, [.. found.Breaks!.Select((what, row) => within[row] ? what : null)]);

        // The verdicts on an iterate, and the step to the next one. The rows that go on; null where all do.
        Tensor? Step(int step)
        {
            using var iteration = NewDisposeScope();
            if (step == attack.Steps)
                return running.Judge(classifier.PredictUnchecked(point).eq(goal.Labels), point, step)?.MoveToOuterDisposeScope();
            var (logits, gaps, normals) = Boundaries(point, goal);
            var stay = running.Judge(logits.argmax(1).eq(goal.Labels), point, step);
            change.add_(ToNearest(gaps, normals, point).reshape(change.shape));
            point.copy_((original + change * (1 + attack.Overshoot)).clamp_(0, 1));
            return stay?.MoveToOuterDisposeScope();
        }
    }

    /// <summary>Float32 [N, D]: the shortest move onto the nearest of the linearised boundaries.</summary>
    private Tensor ToNearest(Tensor gaps, Tensor normals, Tensor point)
    {
        if (threat.Norm == Norm.L1)
            normals.mul_(Movable(normals, point.flatten(1).unsqueeze(1)));
        // In the dual norm.
        var lengths = threat.Norm switch
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
        return threat.Norm switch
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

    /// <summary>The logits [N, K], how far the true class leads over each other one [N, K − 1], and the gradients of the others' gain [N, K − 1, D].</summary>
    private (Tensor Logits, Tensor Gaps, Tensor Normals) Boundaries(Tensor point, AttackLoss goal)
    {
        var others = Enumerable.Range(1, classifier.Classes - 1)
            .Select(offset => new TargetedMarginLoss(goal.Labels, (goal.Labels + offset) % classifier.Classes));
        var at = goal.At(classifier, point, [.. others]);
        return (at[0].Logits, stack(at.Select(point => -point.Values), 1), stack(at.Select(point => point.Gradient.flatten(1)), 1));
    }
}
