using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Recipes;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Training;

/// <summary>One step of training: batch → attack → loss → gradient → update.</summary>
/// <param name="run">What is trained.</param>
public sealed class TrainingStep(TrainingRun run)
{
    private readonly Recipe recipe = run.Recipe;
    private readonly TrainedModel model = run.Model;
    private readonly TrainingPosition position = run.Position;
    private readonly BatchMaker maker = new(run.Recipe, run.Data.Train);

    /// <summary>Takes the step at the run's position. It does not wait for the device.</summary>
    /// <param name="batches">Of the epoch under way.</param>
    /// <param name="learningRate">Of this step.</param>
    public void Run(IEpochBatches batches, double learningRate)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(Key("modules"));
        var random = RandomSource.ForBatch(Key("objective"));
        var (loss, images, violation) = Forward(batches, position.StepInEpoch / recipe.Objective.Replays, random);
        model.Parameters.Gradients.zero_();
        loss.Loss.backward();

        var norm = model.Parameters.Gradients.norm();
        run.State.Metrics.Add(loss, images, norm, violation);
        if (recipe.Train.GradientClip is { } limit)
            model.Parameters.ClipGradients(norm, limit);
        model.Optimizer.Step(learningRate);
        loss.AfterStep?.Invoke();
        model.Average?.Update(position.Step + 1, run.Plan.StepsPerEpoch);
    }

    /// <summary>Attack and loss of a batch of the first epoch, without an update. Running statistics change.</summary>
    /// <param name="batch">The batch, from 0.</param>
    /// <returns>The loss with its graph.</returns>
    /// <exception cref="TrainerException">The attack left its bound.</exception>
    public ObjectiveLoss Trial(long batch)
    {
        using var batches = run.Batches(attempt: 0, epoch: 0);
        var (loss, _, violation) = Forward(batches, batch, RandomSource.ForBatch(run.Random.Key("trial")));
        if (violation is not null)
            BoundCheck.Assert(violation.item<float>(), "of the training objective");
        return loss;
    }

    /// <summary>The images of a batch of the epoch under way, and what they are to be classified as.</summary>
    internal (Tensor Images, Targets Targets) Examples(IEpochBatches batches, long batch)
    {
        var random = RandomSource.ForBatch(run.Random.Key("augmentation", position.Attempt, position.Epoch, batch));
        return maker.Make(batches.Batch(batch), random);
    }

    /// <summary>A batch for the objective.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="targets">For N rows.</param>
    /// <param name="random">Of this step.</param>
    internal TrainingBatch Batch(Tensor images, Targets targets, RandomSource random) => new(
        model.TrainingNetwork, model.AttackNetwork.Classifier, images, targets, run.Plan.Threat(position.Step), random,
        run.State.Objective.ByName, position.Epoch + 1);

    /// <summary>
    /// The adversarial images of a batch's last rows, those that the objective attacks; null where it attacks none.
    /// </summary>
    internal Tensor? Perturb(TrainingBatch batch)
    {
        var (objective, rows) = (recipe.Objective, batch.Images.shape[0]);
        var clean = objective.CleanRows(rows);
        if (clean == rows)
            return null;
        if (recipe.BatchNorm.Attack == BatchNormAttack.Eval)
        {
            // Modules' modes belong to all threads: set here once, for all parts.
            using var evaluation = batch.AttackNetwork.InEvaluationMode();
            return run.Workers.Map(
                rows - clean, (start, count) => objective.PerturbUnchecked(batch.Part(clean + start, count)));
        }
        // The batch's own statistics: it cannot be divided.
        using var kept = recipe.BatchNorm.Attack == BatchNormAttack.Batch
            ? model.TrainingNetwork.WithoutUpdates() : null;
        return objective.PerturbUnchecked(batch.Part(clean, rows - clean));
    }

    private (ObjectiveLoss Loss, long Images, Tensor? Violation) Forward(
        IEpochBatches batches, long number, RandomSource random)
    {
        var (images, targets) = Examples(batches, number);
        model.AttackNetwork.Refresh();
        var batch = Batch(images, targets, random);
        var adversarial = Perturb(batch);
        return (recipe.Objective.LossUnchecked(batch, adversarial), images.shape[0], Violation(batch, adversarial));
    }

    /// <summary>
    /// How far adversarial images leave the bound that the objective declares: float [], negative or nearly zero; null
    /// where there are none.
    /// </summary>
    private Tensor? Violation(TrainingBatch batch, Tensor? adversarial)
    {
        if (adversarial is null)
            return null;
        var rows = adversarial.shape[0];
        var originals = batch.Images.narrow(0, batch.Images.shape[0] - rows, rows);
        return batch.Threat.Violation(originals, adversarial, recipe.Objective.Bound(batch.Threat));
    }

    private RandomKey Key(string purpose) =>
        run.Random.Key(purpose, position.Attempt, position.Epoch, position.Step);
}
