using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Guards;

namespace Trainer.Tests.Training;

public sealed class FinishedRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LogLines log = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_finished_checkpoint_in_a_new_folder_has_recipe_and_checks_beside_it()
    {
        var (first, second) = (new TinyRun(folder.At("first")), new TinyRun(folder.At("second")));
        var recipe = TinyRun.Recipe([.. TinyRun.Breakable, ("evaluate.checks", 2)]);
        first.Train(recipe);
        var last = first.Newest().Path;
        // What the line says of later measurements is not what the run was.
        var other = TinyRun.Recipe(
            [.. TinyRun.Breakable, ("evaluate.checks", 2), ("evaluate.final", JsonNode.Parse("[]"))]);
        second.Train(other, resume: last);
        foreach (var file in (string[])["recipe.json", "checks.json", "epochs.csv", "metrics.jsonl"])
            Assert.Equal(
                File.ReadAllText(Path.Combine(first.Folder, file)),
                File.ReadAllText(Path.Combine(second.Folder, file)));
    }

    [Theory]
    [InlineData("train.epochs", "2", "train.epochs: 3 → 2")]
    [InlineData("train.maxSteps", "7", "train.maxSteps: null → 7")]
    [InlineData("train.maxSteps", "500", "train.maxSteps: null → 500")]
    public void A_finished_run_names_the_length_that_it_was_not_trained_for(
        string path, string value, string difference)
    {
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        run.Train(Recipe());
        run.Train(Recipe());
        Assert.Empty(log.Warnings);
        Assert.Equal(0, run.Train(Recipe((path, JsonNode.Parse(value)))).ExitCode);
        Assert.Equal(
            $"This run is finished and was trained with a different recipe ({difference}); "
            + "name another folder with --run to train with the present one", Assert.Single(log.Warnings));
        Assert.Equal(18, run.Newest().State.GlobalStep);
    }

    [Theory]
    [InlineData("seed", "5", "seed: 0 → 5")]
    [InlineData("train.batchSize", "8", "train.batchSize: 16 → 8")]
    public void A_finished_run_does_not_say_that_it_resumes_where_another_recipe_is_allowed(
        string path, string value, string difference)
    {
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        run.Train(Recipe());
        Assert.Equal(0, run.Train(Recipe((path, JsonNode.Parse(value))), allowChange: true).ExitCode);
        Assert.Equal(
            $"This run is finished and was trained with a different recipe ({difference}); "
            + "name another folder with --run to train with the present one", Assert.Single(log.Warnings));
        Assert.Contains(
            log.Lines, line => line.StartsWith("Already finished at step 18, in ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_stopped_early_names_the_epochs_that_it_does_not_train()
    {
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        var stopping = ("train.earlyStopping", JsonNode.Parse("""{ "patience": 1 }"""));
        static (double, double) Script(int attempt, int epoch) => (0.95, 0.9 - 0.1 * epoch);
        run.Train(Recipe(stopping), new Scripted(Script));
        run.Train(Recipe(("train.earlyStopping", stopping.Item2!.DeepClone()), ("train.epochs", 9)),
            new Scripted(Script));
        Assert.Contains("(train.epochs: 3 → 9)", Assert.Single(log.Warnings), StringComparison.Ordinal);
        Assert.Equal(12, run.Newest().State.GlobalStep);
    }

    [Fact]
    public void A_name_that_leaves_the_root_is_refused_before_the_data_are_read()
    {
        var recipe = TinyRun.Recipe(("name", ".."), ("data.count", 0));
        var exception = Assert.Throws<TrainerException>(() => TrainingSession.Open(
            recipe, TinyRun.Registry, new(folder.Path), _ => [], log.Logger));
        Assert.StartsWith("name: found \"..\"", exception.Message, StringComparison.Ordinal);
        // With a folder of its own, a run may have any name.
        Assert.Equal(
            0, new TinyRun(folder.At("run")).Train(TinyRun.Recipe(("name", ".."), ("train.maxSteps", 1))).ExitCode);
    }

    private static ResolvedRecipe<Recipe> Recipe(params (string, JsonNode?)[] changes) =>
        TinyRun.Recipe([("schedule", JsonNode.Parse("""{ "type": "constant" }""")), ("train.epochs", 3), .. changes]);
}
