using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>One run of Carlini and Wagner's attack over a batch, which examples leave once they are broken within ε.</summary>
/// <param name="classifier">As the attack goes through it.</param>
/// <param name="threat">Whose norm measures the distance.</param>
/// <param name="attack">Its settings.</param>
internal sealed class CarliniWagnerRun(Classifier classifier, ThreatModel threat, CarliniWagner attack)
{
    /// <summary>Runs from the images themselves.</summary>
    /// <param name="images">Float32 [N, C, H, W], the originals.</param>
    /// <param name="goal">The margin, or one that averages it.</param>
    /// <returns>The closest misclassified image of each example, the original where there was none. Iterations count on over the values of c.</returns>
    public AttackResult From(Tensor images, AttackLoss goal)
    {
        using var scope = NewDisposeScope();
        var running = new RunningExamples(images, attack.Name, 0);
        using var state = new CarliniWagnerState(images, attack.InitialConst);
        var left = goal;
        for (var iteration = 0; iteration < attack.BinarySearchSteps * attack.Steps && running.Any; iteration++)
        {
            if (iteration % attack.Steps == 0)
                state.Restart();
            using var stay = Step(iteration + 1);
            if (stay is not null)
            {
                left = left.Select(stay);
                state.Select(stay);
            }
            if ((iteration + 1) % attack.Steps == 0)
                state.Search();
        }
        return running.Findings(state.Closest);

        // The rows that go on; null where all do.
        Tensor? Step(int number)
        {
            using var step = NewDisposeScope();
            var image = state.Image();
            var at = left.At(classifier, image);
            var broken = at.Logits.argmax(1).ne(left.Labels).logical_and(at.Values >= attack.Confidence);
            state.Take(image, broken, threat.Distance(state.Original, image));
            // The margin of the goal is the wrong class's; it pulls until it is won by κ.
            var pull = state.C * (at.Values < attack.Confidence);
            var gradient = (image - state.Original) * 2 - pull.reshape(-1, 1, 1, 1) * at.Gradient;
            state.Descend(gradient, image, attack.LearningRate);
            return running.Judge(state.Distance > threat.Epsilon, state.Closest, number)?.MoveToOuterDisposeScope();
        }
    }
}
