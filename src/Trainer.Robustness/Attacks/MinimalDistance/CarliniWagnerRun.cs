namespace Trainer.Robustness.Attacks;

/// <summary>
/// One run of Carlini and Wagner's attack over a batch, which examples leave once they are misclassified within ε.
/// </summary>
internal static class CarliniWagnerRun
{
    /// <summary>Runs from the images themselves.</summary>
    /// <param name="batch">With the margin as its loss, or one that averages it.</param>
    /// <param name="attack">The settings.</param>
    /// <param name="remaining">
    /// Receives the closest misclassified image of each example, the original where there was none. Iterations count on
    /// over the values of c.
    /// </param>
    public static void Run(AttackBatch batch, CarliniWagner attack, RemainingExamples remaining)
    {
        using var scope = NewDisposeScope();
        var state = new CarliniWagnerState(batch.Images, attack.InitialConst);
        var loss = batch.Loss;
        for (var iteration = 0; iteration < attack.BinarySearchSteps * attack.Steps && remaining.Any; iteration++)
        {
            if (iteration % attack.Steps == 0)
                state.Restart();
            using var stay = Step(iteration + 1);
            if (stay is not null)
            {
                loss = loss.Select(stay);
                state.Select(stay);
            }
            if ((iteration + 1) % attack.Steps == 0)
                state.Search();
        }
        remaining.Keep(state.Closest);

        // The rows that stay; null where all do.
        Tensor? Step(int number)
        {
            using var step = NewDisposeScope();
            var image = state.Image();
            var at = loss.At(batch.Classifier, image);
            var success = at.Logits.argmax(1).ne(loss.Labels).logical_and(at.Values >= attack.Confidence);
            state.Update(image, success, batch.Threat.Distance(state.Original, image));
            // The margin is the wrong class's; it counts until it is above κ.
            var weight = state.C * (at.Values < attack.Confidence);
            var gradient = (image - state.Original) * 2 - weight.reshape(-1, 1, 1, 1) * at.Gradient;
            state.Descend(gradient, image, attack.LearningRate);
            return remaining.Leave(
                state.Distance > batch.Threat.Epsilon, state.Closest, number)?.MoveToOuterDisposeScope();
        }
    }
}
