using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Distributed;

namespace Trainer.Tests.Training;

/// <summary>Objectives that keep something of each training image.</summary>
public sealed class ImageOriginTests
{
    private const string Moving =
        """[{ "type": "pad-crop", "padding": 2 }, "flip", { "type": "cutout", "length": 3 }]""";

    [Fact]
    public void The_origin_of_a_pixel_is_the_pixel_that_it_was_before_augmentation()
    {
        using var scope = NewDisposeScope();
        var recipe = Recipe("fgsm-pco", ("data.augment", JsonNode.Parse(Moving))).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        using var batches = run.Batches(0, 0);
        var (images, targets) = new TrainingStep(run).Examples(batches, 1);
        var origin = targets.Origin!;
        var (originals, labels) = run.Data.Train.Batch(origin.Rows);
        TensorAssert.Same(labels, targets.Classes);
        var expected = nn.functional.pad(originals.flatten(2), [1, 0])
            .gather(2, origin.Pixels.unsqueeze(1).expand(-1, images.shape[1], -1));
        TensorAssert.Same(expected, images.flatten(2));
        Assert.True(origin.Pixels.eq(0).any().item<bool>());
        TensorAssert.Same(
            origin.Pixels.narrow(0, 2, 3), targets.Part(1, 6).Part(1, 3).Origin!.Pixels);
    }

    [Fact]
    public void The_origin_is_not_asked_for_in_vain()
    {
        var recipe = TinyRun.Recipe().Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        using var batches = run.Batches(0, 0);
        Assert.Null(new TrainingStep(run).Examples(batches, 0).Targets.Origin);
    }

    [Theory]
    [InlineData("fgsm-pco", "data.augment", """["random-resized-crop"]""", "computes pixels")]
    [InlineData("fgsm-pco", "data.augment", """["cutmix"]""", "mixes labels")]
    [InlineData("gradalign", "batchNorm", """{ "synchronise": true }""", "cannot be differentiated")]
    [InlineData("ibp", "batchNorm", """{ "synchronise": true }""", "bounds are computed with the statistics of each")]
    public void What_an_objective_cannot_do_with_is_refused(string objective, string path, string value, string reason)
    {
        foreach (var wrapped in (string[])[$"\"{objective}\"", $$"""{ "type": "awp", "objective": "{{objective}}" }"""])
        {
            var error = Assert.Throws<TrainerException>(() => TinyRun.Recipe(
                ("objective", JsonNode.Parse(wrapped)), (path, JsonNode.Parse(value))));
            Assert.Equal(ErrorKind.Recipe, error.Kind);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("nuat")]
    [InlineData("fgsm-pco")]
    public void An_objective_of_whole_batches_trains_in_one_process(string objective)
    {
        var recipe = Recipe(objective).Value;
        var error = Assert.Throws<TrainerException>(() => ThreadCollectives.Run(2, processes =>
        {
            using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU, processes: processes);
            return 0;
        }));
        Assert.Contains("trains in one process alone", error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.Recipe, error.Kind);
    }

    private static ResolvedRecipe<Recipe> Recipe(string objective, params (string, JsonNode?)[] changes) =>
        TinyRun.Recipe([("objective", JsonNode.Parse($"\"{objective}\"")), .. changes]);
}
