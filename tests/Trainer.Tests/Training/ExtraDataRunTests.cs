using System.Text.Json.Nodes;
using Trainer.Engine.Data;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Objectives;
using Trainer.Tests.Data.Extra;

namespace Trainer.Tests.Training;

public sealed class ExtraDataRunTests : IDisposable
{
    private readonly ExtraFolder data = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_run_that_crashed_inside_its_epochs_equals_one_that_did_not()
    {
        var whole = new TinyRun(folder.At("whole"));
        whole.Train(Recipe(0.1));
        var crashing = new TinyRun(folder.At("crashing"));
        foreach (var step in (long[])[1, 3, 6, 9])
            Assert.Throws<CrashException>(() => crashing.Train(Recipe(0.1), new Crash(step)));
        crashing.Train(Recipe(0.1));
        foreach (var (name, bytes) in whole.Tensors())
            Assert.True(bytes.AsSpan().SequenceEqual(crashing.Tensors()[name]), $"{name} differs.");
        Assert.Equal(whole.Metrics(), crashing.Metrics());
    }

    [Fact]
    public void An_epoch_has_the_steps_of_the_original_images_and_smoothing_changes_the_run()
    {
        var (smooth, hard) = (new TinyRun(folder.At("smooth")), new TinyRun(folder.At("hard")));
        smooth.Train(Recipe(0.1));
        hard.Train(Recipe(0));
        // 24 originals in batches of 4: 6 steps an epoch, 2 epochs.
        Assert.Equal(12, smooth.Newest().State.GlobalStep);
        Assert.NotEqual(smooth.Tensors()["model.safetensors"], hard.Tensors()["model.safetensors"]);
    }

    [Fact]
    public void Each_row_is_smoothed_by_its_own_part()
    {
        using var scope = NewDisposeScope();
        var recipe = Recipe(0.2, train: 0.1).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        using var batches = run.Batches(0, 0);
        var (images, targets) = new TrainingStep(run)
            .Examples(batches, run.Position.StepInEpoch / run.Recipe.Objective.Replays);
        for (var row = 0; row < 4; row++)
        {
            // Extra images have values from 100 on.
            var part = images[row, 0, 0, 0].item<float>() > 0.35f ? 0.2f : 0.1f;
            var label = targets.Classes[row].item<long>();
            Assert.Equal(1 - part / 2, targets.Soft![row, label].item<float>(), 1e-6f);
            Assert.Equal(part / 2, targets.Soft![row, 1 - label].item<float>(), 1e-6f);
        }
        Assert.Null(targets.Attacked);
    }

    [Fact]
    public void Their_part_of_a_batch_can_change_from_an_epoch_on()
    {
        var extra = new ExtraData
        {
            Path = "extra",
            Fraction = 1,
            FractionChanges = [new() { FromEpoch = 3, Fraction = 0.75 }, new() { FromEpoch = 5, Fraction = 0 }],
        };
        Assert.Equal([1, 1, 0.75, 0.75, 0, 0], Enumerable.Range(0, 6).Select(epoch => extra.FractionIn(epoch)));
        var refused = Assert.Throws<ArgumentException>(
            () => extra with { FractionChanges = [.. extra.FractionChanges.Reverse()] });
        Assert.StartsWith("Found the epochs 5, 3, expected ascending ones.", refused.Message, StringComparison.Ordinal);

        using var scope = NewDisposeScope();
        var recipe = Recipe(0.1, changes: """, "fractionChanges": [{ "fromEpoch": 1, "fraction": 1 }, { "fromEpoch": 2, "fraction": 0.25 }]""").Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        Assert.Equal([6 * 4, 6 * 1], ((int[])[0, 1]).Select(epoch =>
        {
            using var batches = run.Batches(0, epoch);
            // Extra images have values from 100 on.
            return Enumerable.Range(0, 6).Sum(
                step => batches.Batch(step).Images.amax([1, 2, 3]).gt(0.35).sum().item<long>());
        }));
    }

    [Fact]
    public void A_run_that_ends_before_their_part_changes_says_so()
    {
        using var scope = NewDisposeScope();
        var recipe = Recipe(0.1, changes: """, "fractionChanges": [{ "fromEpoch": 2, "fraction": 1 }, { "fromEpoch": 3, "fraction": 0 }]""").Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        Assert.Equal(
            ["data.extra.fractionChanges: the fraction changes from epoch 3 on, and the run has 2: it never does. Name "
                + "an epoch of at most 2, or train longer."],
            TrainingChecks.Cautions(run).Where(caution => caution.StartsWith("data.extra", StringComparison.Ordinal)));
        Assert.Null(run.Data.Extra!.Description.Caution(3));
    }

    [Fact]
    public void An_objective_that_keeps_a_perturbation_for_each_training_image_refuses_extra_images()
    {
        var recipe = Recipe(0.2).Value with { Objective = new FgsmPco() };
        var error = Assert.Throws<TrainerException>(() =>
        {
            using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        });
        Assert.Equal(ErrorKind.Recipe, error.Kind);
        Assert.StartsWith("data.extra: the objective keeps a perturbation", error.Message, StringComparison.Ordinal);
    }

    private ResolvedRecipe<Recipe> Recipe(double smoothing, double train = 0, string changes = "") => TinyRun.Recipe(
        ("data", JsonNode.Parse($$"""
            { "type": "safetensors", "train": "{{data.At("train")}}", "test": "{{data.At("test")}}", "classes": 2,
              "extra": { "path": "{{data.At("extra")}}", "fraction": 0.5, "labelSmoothing": {{smoothing}}{{changes}} } }
            """)),
        ("train.batchSize", 4),
        ("train.labelSmoothing", train),
        ("evaluate.final", new JsonArray()));
}
