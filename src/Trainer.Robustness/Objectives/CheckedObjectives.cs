namespace Trainer.Robustness.Objectives;

/// <summary>
/// Computes objectives with their arguments checked, which waits for the device. The engine checks its data where it
/// loads them and calls <see cref="IObjective.PerturbUnchecked"/> and <see cref="IObjective.LossUnchecked"/>.
/// </summary>
public static class CheckedObjectives
{
    /// <summary>The adversarial images of a batch, each a function of its own row alone.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="batch">
    /// Without the rows that stay clean (<see cref="IObjective.CleanRows"/>): <see cref="TrainingBatch.Part"/> leaves
    /// them out.
    /// </param>
    /// <returns>Detached float32 [M, C, H, W], or null where the objective trains on clean images alone.</returns>
    /// <exception cref="ArgumentException">
    /// The batch is not as <see cref="TrainingBatch"/> describes it, or has no rows.
    /// </exception>
    public static Tensor? Perturb(this IObjective objective, TrainingBatch batch)
    {
        TrainingBatchArguments.Check(objective, batch);
        return objective.PerturbUnchecked(batch);
    }

    /// <summary>The loss to minimise.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="batch">The whole batch.</param>
    /// <param name="adversarial">
    /// What <see cref="Perturb"/> returned: float32 [M, C, H, W] in [0, 1], the adversarial images of the batch's last
    /// M rows.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The batch is not as <see cref="TrainingBatch"/> describes it, or the adversarial images do not belong to it.
    /// </exception>
    public static ObjectiveLoss Loss(this IObjective objective, TrainingBatch batch, Tensor? adversarial)
    {
        TrainingBatchArguments.Check(objective, batch);
        TrainingBatchArguments.CheckAdversarial(objective, batch, adversarial);
        return objective.LossUnchecked(batch, adversarial);
    }
}
