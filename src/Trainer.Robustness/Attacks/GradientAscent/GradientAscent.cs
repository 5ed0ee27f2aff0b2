using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>A climb over a batch, step by step from given images.</summary>
/// <param name="classifier">As the attack goes through it.</param>
/// <param name="threat">The admissible perturbations.</param>
/// <param name="steps">Gradients.</param>
internal sealed class GradientAscent(Classifier classifier, ThreatModel threat, int steps)
{
    /// <summary>Climbs to the end with every example.</summary>
    /// <param name="ball">Around the originals.</param>
    /// <param name="point">Float32 [N, C, H, W]; changed in place.</param>
    /// <param name="goal">What to maximise.</param>
    /// <param name="ascent">How.</param>
    public void Whole(Ball ball, Tensor point, AttackLoss goal, IStepRule ascent)
    {
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            ascent.Move(ball, point, goal.Gradient(classifier, point));
        }
    }

    /// <summary>Climbs with each example until it is broken.</summary>
    /// <param name="images">Float32 [N, C, H, W], the originals.</param>
    /// <param name="start">Float32 [N, C, H, W], admissible.</param>
    /// <param name="goal">What to maximise.</param>
    /// <param name="ascent">How; used for this run alone.</param>
    /// <param name="name">What breaks are told by.</param>
    /// <param name="run">The restart.</param>
    /// <returns>The first misclassified iterate of each broken example, the last of each other one.</returns>
    public AttackResult Find(Tensor images, Tensor start, AttackLoss goal, IStepRule ascent, string name, int run = 0)
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
            ascent.Select(stay);
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
                return running.Judge(classifier.PredictUnchecked(point).eq(goal.Labels), point, step)?.MoveToOuterDisposeScope();
            var at = goal.At(classifier, point);
            var stay = running.Judge(at.Logits.argmax(1).eq(goal.Labels), point, step);
            ascent.Move(ball, point, at.Gradient);
            return stay?.MoveToOuterDisposeScope();
        }
    }
}
