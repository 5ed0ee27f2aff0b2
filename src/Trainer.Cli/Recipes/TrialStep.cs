using System.Diagnostics;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Training;
using Trainer.Robustness.Objectives;
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
        using var order = run.Sampler.Epoch(attempt: 0, epoch: 0, run.Device);
        var (images, labels) = run.Data.Train.Batch(order.Rows(0));
        run.AttackNetwork.Refresh();
        var (threat, objective) = (run.Recipe.Threat, run.Recipe.Objective);
        var batch = new TrainingBatch(run.Network, run.AttackNetwork.Classifier, images, labels, threat, RandomSource.ForBatch(run.Random.Key("trial")));
        var adversarial = objective.Perturb(batch);
        objective.Loss(batch, adversarial).Loss.backward();
        if (adversarial is not null)
            BoundCheck.Assert(threat.Violation(images, adversarial, objective.Bound(threat)).item<float>(), "of the training objective");
        run.Parameters.Gradients.sum().item<float>(); // waits for the device
        return clock.Elapsed.TotalSeconds;
    }
}
