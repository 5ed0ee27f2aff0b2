using System.Diagnostics;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Training;
using Trainer.Robustness.Random;

namespace Trainer.Cli.Recipes;

/// <summary>The attack, loss and gradient of a first batch, without the update that would follow.</summary>
internal static class TrialStep
{
    /// <summary>Runs it.</summary>
    /// <returns>The seconds that it took.</returns>
    public static double Run(TrainingRun run)
    {
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        using var batches = run.Epoch(attempt: 0, epoch: 0);
        var (images, targets) = run.Examples(batches);
        run.AttackNetwork.Refresh();
        var batch = run.Batch(images, targets, RandomSource.ForBatch(run.Random.Key("trial")));
        var adversarial = run.Perturb(batch);
        run.Recipe.Objective.Loss(batch, adversarial).Loss.backward();
        if (run.Violation(batch, adversarial) is { } violation)
            BoundCheck.Assert(violation.item<float>(), "of the training objective");
        run.Parameters.Gradients.sum().item<float>(); // waits for the device
        return clock.Elapsed.TotalSeconds;
    }
}
