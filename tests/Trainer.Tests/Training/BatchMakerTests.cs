using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Training;

public sealed class BatchMakerTests
{
    private static JsonNode Augmented(params string[] augmentations) =>
        JsonNode.Parse($$"""{ "type": "synthetic", "augment": [{{string.Join(", ", augmentations.Select(name => $$"""{ "type": "{{name}}" }"""))}}] }""")!;

    [Fact]
    public void Replays_of_a_batch_see_the_same_images_and_other_batches_and_epochs_do_not()
    {
        using var scope = NewDisposeScope();
        var recipe = TinyRun.Recipe(("data", Augmented("pad-crop", "cutmix")))
            .Value with
        { Objective = new Replayed() };
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        using var order = run.Batches(0, 0);
        var batches = Enumerable.Range(0, 4).Select(step => At(run, order, 0, step)).ToList();
        TensorAssert.Same(batches[0].Images, batches[1].Images);
        TensorAssert.Same(batches[0].Targets.Soft!, batches[1].Targets.Soft!);
        TensorAssert.Different(batches[1].Images, batches[2].Images);
        TensorAssert.Different(batches[0].Images, At(run, order, 1, 0).Images);
    }

    [Fact]
    public void Smoothed_labels_are_for_the_loss_and_mixed_ones_for_the_attack_too()
    {
        using var scope = NewDisposeScope();
        var smoothed = Make(("train.labelSmoothing", 0.2));
        TensorAssert.Close(
            where(smoothed.Classes.unsqueeze(1).eq(arange(2)), tensor(0.9f), tensor(0.1f)), smoothed.Soft!, 1e-6);
        Assert.Null(smoothed.Attacked);
        TensorAssert.Same(smoothed.Soft!, Make(
            ("train.labelSmoothing", 0.2), ("train.attackSmoothedLabels", true)) is { Attacked: { } attacked }
            ? attacked : zeros(1));

        var mixed = Make(("data", Augmented("mixup")));
        TensorAssert.Same(mixed.Soft!, mixed.Attacked!);
        var both = Make(("data", Augmented("mixup")), ("train.labelSmoothing", 0.2));
        TensorAssert.Same(mixed.Soft!, both.Attacked!);
        TensorAssert.Close(mixed.Soft! * 0.8 + 0.1, both.Soft!, 1e-6);

        var plain = Make();
        Assert.Equal((null, null), (plain.Soft, plain.Attacked));
    }

    [Fact]
    public void Attacks_on_the_cross_entropy_move_away_from_the_mixed_label_and_others_from_the_class()
    {
        using var scope = NewDisposeScope();
        var shares = tensor(new[,] { { 0.7f, 0.3f, 0 }, { 0, 0.5f, 0.5f } });
        var targets = new Targets(tensor((long[])[0, 1]), shares, shares);
        var logits = tensor(new[,] { { 1f, 2, 3 }, { 0, 0, 1 } });
        var logProbabilities = logits.log_softmax(1);
        TensorAssert.Close(
            -(shares * logProbabilities).sum(1), targets.Loss(AttackLossKind.CrossEntropy, 3).PerExample(logits), 1e-6);
        TensorAssert.Close(
            -(shares * logProbabilities).sum(1).narrow(0, 1, 1),
            targets.Loss(AttackLossKind.CrossEntropy, 3).Select(tensor((long[])[1])).PerExample(logits.narrow(0, 1, 1)),
            1e-6);
        TensorAssert.Close(tensor((float[])[2, 1]), targets.Loss(AttackLossKind.Margin, 3).PerExample(logits), 1e-6);
        TensorAssert.Close(
            -logProbabilities.gather(1, targets.Classes.unsqueeze(1)).squeeze(1),
            new Targets(targets.Classes, shares).Loss(AttackLossKind.CrossEntropy, 3).PerExample(logits), 1e-6);
    }

    [Fact]
    public void An_objective_that_needs_whole_labels_refuses_augmentations_that_mix_them()
    {
        var mart = JsonNode.Parse("""{ "type": "mart", "lambda": 5, "attack": { "type": "pgd", "steps": 2 } }""")!;
        var exception = Assert.Throws<TrainerException>(() => TinyRun.Recipe(
            ("data", Augmented("flip", "cutmix")), ("objective", mart)));
        Assert.Contains(
            "data.augment: found an augmentation that mixes labels", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_radius_grows_step_by_step_to_the_full_one()
    {
        var recipe = TinyRun.Recipe(("train.epsilonWarmupEpochs", 0.5)).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        double Epsilon(long step)
        {
            run.Position.Step = step;
            return run.Plan.Threat(run.Position.Step).Epsilon;
        }
        // Three steps are half an epoch.
        Assert.Equal(0.1 / 3, Epsilon(0), 1e-12);
        Assert.Equal(0.2 / 3, Epsilon(1), 1e-12);
        Assert.Equal(0.1, Epsilon(2), 1e-12);
        Assert.Equal(0.1, Epsilon(3));
        Assert.Same(recipe.Threat, run.Plan.Threat(run.Position.Step));
    }

    [Fact]
    public void A_radius_that_grows_within_a_fraction_of_a_step_is_never_beyond_the_full_one()
    {
        var recipe = TinyRun.Recipe(("train.epsilonWarmupEpochs", 0.1)).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        Assert.Equal(recipe.Threat.Epsilon, run.Plan.Threat(run.Position.Step).Epsilon);
    }

    private static Targets Make(params (string, JsonNode?)[] changes)
    {
        var recipe = TinyRun.Recipe(changes).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        using var order = run.Batches(0, 0);
        return new TrainingStep(run).Examples(order, run.Position.StepInEpoch / run.Recipe.Objective.Replays).Targets;
    }

    private static (Tensor Images, Targets Targets) At(
        TrainingRun run, Engine.Data.IEpochBatches order, int epoch, long step)
    {
        (run.Position.Epoch, run.Position.StepInEpoch) = (epoch, step);
        return new TrainingStep(run).Examples(order, run.Position.StepInEpoch / run.Recipe.Objective.Replays);
    }

    private sealed record Replayed : IObjective
    {
        public int Replays => 2;

        public double Bound(ThreatModel threat) => 0;

        public Tensor? PerturbUnchecked(TrainingBatch batch) => null;

        public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) =>
            throw new NotSupportedException();
    }
}
