namespace Trainer.Robustness.Attacks;

/// <summary>One run of APGD over a batch.</summary>
internal static class ApgdRun
{
    /// <summary>Runs from given images.</summary>
    /// <param name="batch">The examples.</param>
    /// <param name="start">Float [N, C, H, W], admissible.</param>
    /// <param name="rule">How to step, for as many steps.</param>
    /// <param name="steps">Iterations.</param>
    /// <param name="remaining">
    /// Observes each iterate, and keeps the best one of each example that is not misclassified; null where none leaves.
    /// </param>
    /// <returns>Float [M, C, H, W], the iterate of the highest loss of each example that remains.</returns>
    public static Tensor Run(
        AttackBatch batch, Tensor start, IApgdSteps rule, int steps, RemainingExamples? remaining = null)
    {
        using var scope = NewDisposeScope();
        batch = batch with { Images = batch.Images.clone() };
        var state = new ApgdState(batch.Images, start, rule.FirstStep(batch.Threat.Epsilon));
        var ball = batch.CreateBall();
        for (var step = 0; step <= steps && remaining?.Any != false; step++)
        {
            using var stay = Step(step);
            if (stay is null)
                continue;
            ball.Dispose();
            batch = batch.Keep(stay);
            state.Select(stay);
            ball = batch.CreateBall();
        }
        if (batch.StopAtSuccess)
            remaining?.Keep(state.BestPoint);
        return state.BestPoint.MoveToOuterDisposeScope();

        // The rows that stay; null where all do.
        Tensor? Step(int step)
        {
            using var iteration = NewDisposeScope();
            if (step > 0)
                rule.Step(state, ball);
            var at = batch.Loss.At(batch.Classifier, state.Point);
            state.Update(at);
            var stay = remaining?.Observe(state.Point, at.Logits, batch.Loss.Labels, step);
            if (step > 0)
                rule.Adapt(state, ball);
            return stay?.MoveToOuterDisposeScope();
        }
    }
}
