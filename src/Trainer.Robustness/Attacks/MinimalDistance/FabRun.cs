using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// One run of FAB towards the boundary with one class for each example (Croce and Hein 2020, arXiv:1907.02044,
/// algorithm 1), which examples leave once they are misclassified within ε.
/// </summary>
internal static class FabRun
{
    private const double LargestBias = 0.1;
    private const double Overshoot = 1.05;
    private const double BackwardStep = 0.9;
    private const double LeastLength = 1e-8;

    /// <summary>Runs from the images themselves.</summary>
    /// <param name="batch">With the boundary as its loss: above zero beyond it.</param>
    /// <param name="steps">Iterations.</param>
    /// <param name="shortest">
    /// Float [N]: for each example of the attack the distance of its closest image so far; updated.
    /// </param>
    /// <param name="remaining">Receives the closest misclassified image of each example.</param>
    public static void Run(AttackBatch batch, int steps, Tensor shortest, RemainingExamples remaining)
    {
        using var scope = NewDisposeScope();
        batch = batch with { Images = batch.Images.clone() };
        var (point, closest) = (batch.Images.clone(), batch.Images.clone());
        var distance = full([batch.Images.shape[0]], float.PositiveInfinity, point.dtype, point.device);
        for (var step = 1; step <= steps && remaining.Any; step++)
        {
            using var stay = Step(step);
            if (stay is null)
                continue;
            batch = batch.Keep(stay);
            RemainingExamples.Select(ref point, stay);
            RemainingExamples.Select(ref closest, stay);
            RemainingExamples.Select(ref distance, stay);
        }
        var former = shortest.index_select(0, remaining.Rows);
        remaining.Keep(closest, distance < former);
        shortest.index_copy_(0, remaining.Rows, minimum(distance, former));

        // The rows that stay; null where all do.
        Tensor? Step(int step)
        {
            using var iteration = NewDisposeScope();
            Move(batch, point);
            using var predicted = batch.Classifier.PredictUnchecked(point);
            var adversarial = predicted.ne(batch.Loss.Labels);
            var length = batch.Threat.Distance(batch.Images, point);
            var closer = adversarial.logical_and(length < distance);
            distance.copy_(where(closer, length, distance));
            closest.copy_(where(Image(closer), point, closest));
            point.copy_(where(Image(adversarial), batch.Images + (point - batch.Images) * BackwardStep, point));
            return remaining.Leave(distance > batch.Threat.Epsilon, closest, step)?.MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// Projects the point and the original onto the linearised boundary, and goes beyond a mean of the two that leans
    /// to the original the more, the further it is from the point's side.
    /// </summary>
    private static void Move(AttackBatch batch, Tensor point)
    {
        var at = batch.Loss.At(batch.Classifier, point);
        var normal = at.Gradient.flatten(1);
        var (here, home) = (point.flatten(1), batch.Images.flatten(1));
        var gap = -at.Values;
        var homeGap = gap + (normal * (here - home)).sum(1);
        var change = HyperplaneProjection.Change(
            cat([here, home], 0), cat([normal, normal], 0), cat([gap, homeGap], 0), batch.Threat.Norm);
        var length = Length(batch.Threat, change).clamp_(min: LeastLength).unsqueeze(1);
        var (changes, lengths) = (change.chunk(2, 0), length.chunk(2, 0));
        var bias = (lengths[0] / (lengths[0] + lengths[1])).clamp_(0, LargestBias);
        var next = (here + Overshoot * changes[0]) * (1 - bias) + (home + Overshoot * changes[1]) * bias;
        point.copy_(next.clamp_(0, 1).reshape(point.shape));
    }

    private static Tensor Length(ThreatModel threat, Tensor change)
    {
        using var zero = zeros_like(change);
        return threat.Distance(zero, change);
    }

    private static Tensor Image(Tensor flags) => flags.reshape(-1, 1, 1, 1);
}
