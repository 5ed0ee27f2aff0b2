using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// One run of FAB towards the boundary with one class for each example (Croce and Hein 2020, arXiv:1907.02044,
/// algorithm 1), which examples leave once they are broken within ε.
/// </summary>
/// <param name="classifier">As the attack goes through it.</param>
/// <param name="threat">Its norm is minimised.</param>
/// <param name="name">What breaks are told by.</param>
/// <param name="run">The target.</param>
internal sealed class FabRun(Classifier classifier, ThreatModel threat, string name, int run)
{
    private const double LargestBias = 0.1;
    private const double Overshoot = 1.05;
    private const double BackwardStep = 0.9;
    private const double LeastLength = 1e-8;

    /// <summary>Runs from the images themselves.</summary>
    /// <param name="images">Float32 [N, C, H, W], the originals.</param>
    /// <param name="goal">The boundary: above zero beyond it.</param>
    /// <param name="steps">Iterations.</param>
    /// <returns>The closest misclassified image of each example, the original where there was none.</returns>
    public AttackResult From(Tensor images, AttackLoss goal, int steps)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var running = new RunningExamples(images, name, run);
        var (original, point, closest) = (images.clone(), images.clone(), images.clone());
        var distance = full([images.shape[0]], float.PositiveInfinity, images.dtype, images.device);
        for (var step = 1; step <= steps && running.Any; step++)
        {
            using var stay = Step(step);
            if (stay is null)
                continue;
            goal = goal.Select(stay);
            RunningExamples.Keep(ref original, stay);
            RunningExamples.Keep(ref point, stay);
            RunningExamples.Keep(ref closest, stay);
            RunningExamples.Keep(ref distance, stay);
        }
        return running.Findings(closest);

        // The rows that go on; null where all do.
        Tensor? Step(int step)
        {
            using var iteration = NewDisposeScope();
            Move(point, original, goal);
            using var predicted = classifier.PredictUnchecked(point);
            var adversarial = predicted.ne(goal.Labels);
            var length = threat.Distance(original, point);
            var closer = adversarial.logical_and(length < distance);
            distance.copy_(where(closer, length, distance));
            closest.copy_(where(Image(closer), point, closest));
            point.copy_(where(Image(adversarial), original + (point - original) * BackwardStep, point));
            return running.Judge(distance > threat.Epsilon, closest, step)?.MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// Projects the point and the original onto the linearised boundary, and goes beyond a mean of the two that leans to
    /// the original the more, the further it is from the point's side.
    /// </summary>
    private void Move(Tensor point, Tensor original, AttackLoss goal)
    {
        var at = goal.At(classifier, point);
        var normal = at.Gradient.flatten(1);
        var (here, home) = (point.flatten(1), original.flatten(1));
        var gap = -at.Values;
        var homeGap = gap + (normal * (here - home)).sum(1);
        var change = HyperplaneProjection.Change(cat([here, home], 0), cat([normal, normal], 0), cat([gap, homeGap], 0), threat.Norm);
        var length = Length(change).clamp_(min: LeastLength).unsqueeze(1);
        var (changes, lengths) = (change.chunk(2, 0), length.chunk(2, 0));
        var bias = (lengths[0] / (lengths[0] + lengths[1])).clamp_(0, LargestBias);
        var next = (here + Overshoot * changes[0]) * (1 - bias) + (home + Overshoot * changes[1]) * bias;
        point.copy_(next.clamp_(0, 1).reshape(point.shape));
    }

    private Tensor Length(Tensor change)
    {
        using var zero = zeros_like(change);
        return threat.Distance(zero, change);
    }

    private static Tensor Image(Tensor flags) => flags.reshape(-1, 1, 1, 1);
}
