namespace Trainer.Robustness.Attacks;

/// <summary>Projected gradient ascent over a batch.</summary>
internal static class GradientAscent
{
    /// <summary>An attack of one run.</summary>
    /// <param name="batch">All examples.</param>
    /// <param name="name">The attack's.</param>
    /// <param name="steps">Gradients.</param>
    /// <param name="begin">
    /// Admissible images to start from, and how to step, for the examples that are attacked.
    /// </param>
    public static AttackResult Run(
        AttackBatch batch, string name, int steps, Func<AttackBatch, (Tensor Start, IStepRule Rule)> begin)
    {
        if (batch.StopAtSuccess)
            return RemainingExamples.Attack(
                batch, name, 1, (remaining, examples) => Observed(examples, begin(examples), steps, remaining));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (start, rule) = begin(batch.FromStart());
        return new(AllSteps(batch, start, steps, rule).MoveToOuterDisposeScope());
    }

    /// <summary>Takes all steps with every example, without waiting for the device.</summary>
    /// <param name="batch">The examples.</param>
    /// <param name="point">Float [N, C, H, W]; changed in place.</param>
    /// <param name="steps">Gradients.</param>
    /// <param name="rule">How to step.</param>
    /// <returns>The point.</returns>
    public static Tensor AllSteps(AttackBatch batch, Tensor point, int steps, IStepRule rule)
    {
        using var ball = batch.CreateBall();
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            rule.Step(ball, point, batch.Loss.Gradient(batch.Classifier, point));
        }
        return point;
    }

    /// <summary>
    /// Steps with each example until it is misclassified, or with all to the last step where the batch does not stop at
    /// success.
    /// </summary>
    /// <param name="batch">The examples.</param>
    /// <param name="begin">Float [N, C, H, W], admissible, and how to step, used for this run alone.</param>
    /// <param name="steps">Gradients.</param>
    /// <param name="remaining">
    /// Observes each iterate, and keeps the last one of each example that is not misclassified.
    /// </param>
    public static void Observed(
        AttackBatch batch, (Tensor Start, IStepRule Rule) begin, int steps, RemainingExamples remaining)
    {
        using var scope = NewDisposeScope();
        var (point, rule) = (begin.Start.clone(), begin.Rule);
        batch = batch with { Images = batch.Images.clone() };
        var ball = batch.CreateBall();
        for (var step = 0; step <= steps && remaining.Any; step++)
        {
            using var stay = Step(step);
            if (stay is null)
                continue;
            ball.Dispose();
            batch = batch.Keep(stay);
            rule.Select(stay);
            RemainingExamples.Select(ref point, stay);
            ball = batch.CreateBall();
        }
        if (batch.StopAtSuccess)
            remaining.Keep(point);

        // The verdicts on an iterate, and the step to the next one. The rows that stay; null where all do.
        Tensor? Step(int step)
        {
            using var iteration = NewDisposeScope();
            if (step == steps)
                return remaining.Observe(
                    point, batch.Loss.Logits(batch.Classifier, point), batch.Loss.Labels,
                    step)?.MoveToOuterDisposeScope();
            var at = batch.Loss.At(batch.Classifier, point);
            var stay = remaining.Observe(point, at.Logits, batch.Loss.Labels, step);
            rule.Step(ball, point, at.Gradient);
            return stay?.MoveToOuterDisposeScope();
        }
    }
}
