using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Guards;

namespace Trainer.Tests.Training;

/// <summary>Which checkpoint a run resumes from, in which folder.</summary>
public sealed class ResumeFolderTests
{
    [Theory]
    [InlineData(SessionOptions.Auto)]
    [InlineData(SessionOptions.Never)]
    public void A_folder_whose_checkpoints_are_gone_is_not_overwritten(string resume)
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe());
        foreach (var checkpoint in Directory.GetDirectories(run.Folder, "0*"))
            Directory.Delete(checkpoint, recursive: true);
        var before = run.Metrics();
        var exception = Assert.Throws<TrainerException>(() => run.Train(TinyRun.Recipe(), resume: resume));
        Assert.Contains("whose checkpoints are gone", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, run.Metrics());
    }

    [Fact]
    public void Resume_never_refuses_a_used_folder_and_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe());
        var before = run.Metrics();
        var exception = Assert.Throws<TrainerException>(() => run.Train(
            TinyRun.Recipe(), resume: SessionOptions.Never));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains("Name another folder with --run", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, run.Metrics());
    }

    [Fact]
    public void A_named_checkpoint_is_resumed_in_a_new_folder()
    {
        using var folder = new TemporaryFolder();
        var first = new TinyRun(folder.At("first"));
        first.Train(TinyRun.Recipe(("checkpoint.keepLast", 20)));
        var fourth = Directory.GetDirectories(first.Folder, "0*-step-000000004").Single();
        var second = new TinyRun(folder.At("second"));
        second.Train(TinyRun.Recipe(("checkpoint.keepLast", 20)), resume: fourth);
        Assert.True(first.Tensors()["model.safetensors"].AsSpan().SequenceEqual(second.Tensors()["model.safetensors"]));
        Assert.Equal(first.Metrics(), second.Metrics());

        // The same command again resumes the same run; another checkpoint's name does not.
        Assert.Equal(0, second.Train(TinyRun.Recipe(("checkpoint.keepLast", 20)), resume: fourth).ExitCode);
        var other = Directory.GetDirectories(first.Folder, "0*").Order().Last();
        Assert.Throws<TrainerException>(() => second.Train(TinyRun.Recipe(("checkpoint.keepLast", 20)), resume: other));
    }

    [Fact]
    public void A_checkpoint_of_the_runs_own_folder_is_resumed_where_it_is_the_newest()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        Assert.Throws<CrashException>(() => run.Train(TinyRun.Recipe(("checkpoint.keepLast", 20)), new Crash(9)));
        var (before, saves) = (run.Metrics(), Directory.GetDirectories(run.Folder, "0*").Order().ToList());
        var exception = Assert.Throws<TrainerException>(() => run.Train(
            TinyRun.Recipe(("checkpoint.keepLast", 20)), resume: saves[0]));
        Assert.Contains("leave --resume out to resume", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, run.Metrics());
        Assert.Equal(0, run.Train(TinyRun.Recipe(("checkpoint.keepLast", 20)), resume: saves[^1]).ExitCode);
    }

    [Fact]
    public void The_best_checkpoint_comes_along_where_it_is_of_the_same_step_as_the_last()
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (new TinyRun(folder.At("first")), new TinyRun(folder.At("second")));
        ResolvedRecipe<Recipe> Recipe(int epochs) => TinyRun.Recipe(("schedule", JsonNode.Parse("""{ "type": "constant" }""")), ("train.epochs", epochs));
        first.Train(Recipe(2), new Scripted((_, epoch) => (0.9, epoch == 1 ? 0.7 : 0.5)));
        var last = first.Newest();
        Assert.Null(last.State.Score);
        Assert.Equal(last.State.GlobalStep, last.State.Best!.Step);

        second.Train(Recipe(3), new Scripted((_, _) => (0.9, 0.6)), resume: last.Path);
        var best = new CheckpointStore(second.Folder, new(), _ => { })
            .FindBest(damaged => Assert.Fail(damaged.Problem))!;
        Assert.Equal((last.State.GlobalStep, 0.7), (best.State.GlobalStep, best.State.Score));
        Assert.Equal(0.7, second.Newest().State.Best!.Score);

        // An interruption of the first start may have kept it from coming along: the same command brings it.
        Directory.Delete(best.Path, recursive: true);
        Assert.Equal(0, second.Train(Recipe(3), new Scripted((_, _) => (0.9, 0.6)), resume: last.Path).ExitCode);
        Assert.Equal(best.Path, new CheckpointStore(second.Folder, new(), _ => { })
            .FindBest(damaged => Assert.Fail(damaged.Problem))!.Path);
    }
}
