using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>One run of PGD over a batch, which broken examples leave at once.</summary>
/// <param name="classifier">As the attack goes through it.</param>
/// <param name="threat">The admissible perturbations.</param>
/// <param name="name">What breaks are told by.</param>
/// <param name="run">The restart.</param>
internal sealed class PgdRun(Classifier classifier, ThreatModel threat, string name, int run)
{
    /// <summary>Runs from given images.</summary>
    /// <param name="images">Float32 [N, C, H, W], the originals.</param>
    /// <param name="start">Float32 [N, C, H, W], admissible.</param>
    /// <param name="goal">What to maximise.</param>
    /// <param name="steps">Gradients.</param>
    /// <param name="stepSize">In image units.</param>
    /// <returns>The first misclassified iterate of each broken example, the last of each other one.</returns>
    public AttackFindings From(Tensor images, Tensor start, AttackGoal goal, int steps, double stepSize)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var running = new RunningExamples(images, name, run);
        var (original, point) = (images.clone(), start.clone());
        var ball = threat.Around(original);
        for (var step = 0; step <= steps && running.Any; step++)
        {
            using var stay = Step(step);
            if (stay is null)
                continue;
            goal = goal.Select(stay);
            RunningExamples.Keep(ref original, stay);
            RunningExamples.Keep(ref point, stay);
            ball.Dispose();
            ball = threat.Around(original);
        }
        return running.Findings(point);

        // The verdicts on an iterate, and the step to the next one. The rows that go on; null where all do.
        Tensor? Step(int step)
        {
            using var iteration = NewDisposeScope();
            if (step == steps)
                return running.Judge(classifier.Predict(point).eq(goal.Labels), point, step)?.MoveToOuterDisposeScope();
            var at = goal.At(classifier, point);
            var stay = running.Judge(at.Logits.argmax(1).eq(goal.Labels), point, step);
            ball.Ascend(point, at.Gradient, stepSize);
            return stay?.MoveToOuterDisposeScope();
        }
    }
}
