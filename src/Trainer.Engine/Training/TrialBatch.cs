using Trainer.Engine.Evaluation;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Training;

/// <summary>The attack and the loss of one batch, without the update that would follow.</summary>
public static class TrialBatch
{
    /// <summary>Computes the loss of a batch of the first epoch, with its graph. Running statistics change.</summary>
    /// <param name="run">At its beginning.</param>
    /// <param name="batch">The batch, from 0.</param>
    public static ObjectiveLoss Loss(TrainingRun run, long batch)
    {
        using var batches = run.Epoch(attempt: 0, epoch: 0);
        var (images, targets) = run.Examples(batches, batch);
        run.AttackNetwork.Refresh();
        var rows = run.Batch(images, targets, RandomSource.ForBatch(run.Random.Key("trial")));
        var adversarial = run.Perturb(rows);
        var loss = run.Recipe.Objective.LossUnchecked(rows, adversarial);
        if (run.Violation(rows, adversarial) is { } violation)
            BoundCheck.Assert(violation.item<float>(), "of the training objective");
        return loss;
    }
}
