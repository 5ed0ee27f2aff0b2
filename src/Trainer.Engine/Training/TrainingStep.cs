using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Recipes;
using Trainer.Robustness.Models;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Training;

/// <summary>One step of training: batch → attack → loss → gradient → update.</summary>
public sealed class TrainingStep
{
    private readonly TrainingRun run;
    private readonly StepExchange? exchange;
    private readonly Recipe recipe;
    private readonly TrainedModel model;
    private readonly TrainingPosition position;
    private readonly BatchMaker maker;
    private readonly bool dropsPaths;

    /// <summary>The step of a run of one process.</summary>
    /// <param name="run">What is trained.</param>
    public TrainingStep(TrainingRun run)
        : this(run, null)
    {
    }

    /// <summary>The step of a run of any number of processes.</summary>
    /// <param name="run">What is trained.</param>
    /// <param name="exchange">With the other processes; null for none.</param>
    internal TrainingStep(TrainingRun run, StepExchange? exchange)
    {
        (this.run, this.exchange) = (run, exchange);
        (recipe, model, position) = (run.Recipe, run.Model, run.Position);
        maker = new(recipe, run.Data.Train);
        dropsPaths = model.Network.Network.modules().OfType<DropPath>().Any();
    }

    /// <summary>
    /// Takes the step at the run's position. It waits for the device only where processes exchange sums.
    /// </summary>
    /// <param name="batches">Of the epoch under way.</param>
    /// <param name="learningRate">Of this step.</param>
    public void Run(IEpochBatches batches, double learningRate)
    {
        using var scope = NewDisposeScope();
        // Rows that other processes take have other random numbers of modules, such as dropout's.
        GlobalGenerators.Seed(run.Share.Rank == 0 ? Key("modules") : Key("modules").With(run.Share.Rank));
        var random = RandomSource.ForBatch(Key("objective"));
        var share = run.BatchShare(position.StepInEpoch / recipe.Objective.Replays);
        if (position.StepInEpoch == 0)
            model.Natural?.Begin();
        if (dropsPaths)
            SeedDropPaths(share);
        var (batch, loss, violation) = Forward(batches, share, random);
        model.Parameters.Gradients.zero_();
        var step = StepValues.Of(loss, share.Rows, share.Weight, violation);
        if (exchange is null)
            loss.Loss.backward();
        else
            step = exchange.Run(loss, share, step);

        var norm = model.Parameters.Gradients.norm();
        run.State.Metrics.Add(step, norm);
        if (recipe.Train.GradientClip is { } limit)
            model.Parameters.ClipGradients(norm, limit);
        model.Optimizer.Step(learningRate);
        loss.AfterStep?.Invoke();
        model.Natural?.Step(
            batch.Images, batch.Targets, learningRate, recipe.Train.GradientClip, share.Part, batch.Combine);
        if (position.StepInEpoch == run.Plan.StepsPerEpoch - 1)
            model.Natural?.Project();
        model.Average?.Update(position.Step + 1, run.Plan.StepsPerEpoch);
    }

    /// <summary>Attack and loss of a batch of the first epoch, without an update. Running statistics change.</summary>
    /// <param name="batch">The batch, from 0.</param>
    /// <returns>The loss with its graph.</returns>
    /// <exception cref="TrainerException">The attack left its bound.</exception>
    public ObjectiveLoss Trial(long batch)
    {
        using var batches = run.Batches(attempt: 0, epoch: 0);
        var (_, loss, violation) = Forward(
            batches, run.BatchShare(batch), RandomSource.ForBatch(run.Random.Key("trial")));
        if (violation is not null)
            BoundCheck.Assert(violation.item<float>(), "of the training objective");
        return loss;
    }

    /// <summary>The images of a batch of the epoch under way, and what they are to be classified as.</summary>
    /// <returns>The rows of this process.</returns>
    internal (Tensor Images, Targets Targets) Examples(IEpochBatches batches, long batch)
    {
        var random = RandomSource.ForBatch(run.Random.Key("augmentation", position.Attempt, position.Epoch, batch));
        var labelled = batches.Batch(batch);
        if (run.LoadsShare)
            return Marked(labelled, Shared(random, run.BatchShare(batch).Rows));
        var (images, targets) = maker.Make(labelled, random);
        return (
            run.Share.View(images),
            new(run.Share.View(targets.Classes), View(targets.Soft), View(targets.Attacked)));

        Tensor? View(Tensor? rows) => rows is null ? null : run.Share.View(rows);
    }

    /// <summary>With what the objective has to know of the rows.</summary>
    private (Tensor Images, Targets Targets) Marked(LabelledImages labelled, RandomSource random)
    {
        var (images, targets) = maker.Make(labelled, random);
        return (images, targets with
        {
            Isolated = run.State.Isolated?.Of(labelled.Rows),
            Origin = recipe.Objective.NeedsOrigin ? maker.Origin(labelled, random) : null,
        });
    }

    /// <summary>A batch for the objective.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="targets">For N rows.</param>
    /// <param name="random">Of this step.</param>
    internal TrainingBatch Batch(Tensor images, Targets targets, RandomSource random) => new(
        model.TrainingNetwork, model.AttackNetwork.Classifier, images, targets, run.Plan.Threat(position.Step), random,
        run.State.Objective.Shared(run.Share), position.Epoch + 1);

    /// <summary>
    /// The adversarial images of a batch's last rows, those that the objective attacks; null where it attacks none.
    /// </summary>
    /// <param name="batch">All rows, or those of this process.</param>
    /// <param name="cleanRows">How many of them stay clean; null where they are all rows.</param>
    internal Tensor? Perturb(TrainingBatch batch, long? cleanRows = null)
    {
        var (objective, rows) = (recipe.Objective, batch.Images.shape[0]);
        var clean = cleanRows ?? objective.CleanRows(rows);
        if (clean == rows)
            return null;
        if (recipe.BatchNorm.Attack == BatchNormAttack.Eval)
        {
            // Modules' modes belong to all threads: set here once, for all parts.
            using var evaluation = batch.AttackNetwork.InEvaluationMode();
            if (objective.NeedsWholeBatch)
                return objective.PerturbUnchecked(batch.Part(clean, rows - clean));
            return run.Workers.Map(
                rows - clean, (start, count) => objective.PerturbUnchecked(batch.Part(clean + start, count)));
        }
        // The batch's own statistics: it cannot be divided.
        using var kept = recipe.BatchNorm.Attack == BatchNormAttack.Batch
            ? model.TrainingNetwork.WithoutUpdates() : null;
        return objective.PerturbUnchecked(batch.Part(clean, rows - clean));
    }

    private (TrainingBatch Batch, ObjectiveLoss Loss, Tensor? Violation) Forward(
        IEpochBatches batches, BatchShare share, RandomSource random)
    {
        var (images, targets) = Examples(batches, share.Batch);
        model.AttackNetwork.Refresh();
        var batch = Batch(images, targets, Shared(random, share.Rows)) with
        {
            Weight = share.Weight,
            Combine = exchange is null ? null : exchange.Combine,
        };
        var adversarial = Perturb(batch, share.CleanRows);
        return (batch, recipe.Objective.LossUnchecked(batch, adversarial), Violation(batch, adversarial));
    }

    /// <summary>Which paths a row drops depends on its place in the batch, not on the process that has it.</summary>
    private void SeedDropPaths(BatchShare share)
    {
        var random = RandomSource.ForBatch(Key("drop path")).Every(run.Share.Rank, run.Share.Size, share.Rows);
        var layers = model.Networks.SelectMany(network => network.Network.modules()).OfType<DropPath>().Distinct();
        foreach (var (place, layer) in layers.Index())
            layer.DrawFrom(random.With(place), share.OwnRows);
    }

    /// <summary>The random numbers of this process's rows of a batch.</summary>
    private RandomSource Shared(RandomSource random, long rows) =>
        run.Share.Size == 1 ? random : random.Every(run.Share.Rank, run.Share.Size, rows);

    /// <summary>
    /// How far adversarial images leave the bound that the objective declares: float [], negative or nearly zero; null
    /// where there are none.
    /// </summary>
    private Tensor? Violation(TrainingBatch batch, Tensor? adversarial)
    {
        if (adversarial is null)
            return null;
        var rows = adversarial.shape[0];
        return recipe.Objective.Violation(batch.Part(batch.Images.shape[0] - rows, rows), adversarial);
    }

    private RandomKey Key(string purpose) =>
        run.Random.Key(purpose, position.Attempt, position.Epoch, position.Step);
}
