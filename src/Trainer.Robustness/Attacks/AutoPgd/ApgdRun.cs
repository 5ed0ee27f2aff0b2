using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>One run of APGD over a batch, which broken examples leave at once.</summary>
/// <param name="classifier">As the attack goes through it.</param>
/// <param name="threat">The admissible perturbations.</param>
/// <param name="name">What breaks are told by.</param>
/// <param name="run">The restart or target.</param>
internal sealed class ApgdRun(Classifier classifier, ThreatModel threat, string name, int run)
{
    /// <summary>Whether misclassified examples leave; otherwise all stay to the end.</summary>
    public bool Judges { get; init; } = true;

    /// <summary>Runs from given images.</summary>
    /// <param name="images">Float32 [N, C, H, W], the originals.</param>
    /// <param name="start">Float32 [N, C, H, W], admissible.</param>
    /// <param name="goal">What to maximise.</param>
    /// <param name="moves">How, for as many steps.</param>
    /// <param name="steps">Iterations.</param>
    /// <returns>The first misclassified iterate of each broken example, and of each other one the iterate of its highest goal.</returns>
    public AttackResult From(Tensor images, Tensor start, AttackLoss goal, IApgdSteps moves, int steps)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var running = new RunningExamples(images, name, run);
        var state = new ApgdState(images, start, moves.FirstStep(threat.Epsilon));
        var ball = threat.Around(state.Original);
        for (var step = 0; step <= steps && running.Any; step++)
        {
            using var stay = Step(step);
            if (stay is null || !running.Any)
                continue;
            goal = goal.Select(stay);
            ball.Dispose();
            state.Select(stay);
            ball = threat.Around(state.Original);
        }
        return running.Findings(state.BestPoint);

        // The rows that go on; null where all do.
        Tensor? Step(int step)
        {
            using var iteration = NewDisposeScope();
            if (step > 0)
                moves.Move(state, ball);
            var at = goal.At(classifier, state.Point);
            state.Take(at);
            var standing = at.Logits.argmax(1).eq(goal.Labels);
            if (!Judges)
                standing.fill_(true);
            var stay = running.Judge(standing, where(standing.reshape(-1, 1, 1, 1), state.BestPoint, state.Point), step);
            if (step > 0)
                moves.Adapt(state, ball);
            return stay?.MoveToOuterDisposeScope();
        }
    }
}
