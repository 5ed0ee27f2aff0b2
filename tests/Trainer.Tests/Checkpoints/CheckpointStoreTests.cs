using Trainer.Engine.Checkpoints;
using Trainer.Recipes;

namespace Trainer.Tests.Checkpoints;

public sealed class CheckpointStoreTests
{
    [Fact]
    public void A_checkpoint_comes_back_as_it_was_saved()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (250, 0.5));

        var checkpoint = Sample.Store(folder).FindNewest(damaged => Assert.Fail(damaged.Problem));

        Sample.AssertIs(checkpoint, 250);
        Assert.Equal(new BestSave(0.5, 250, 1), checkpoint?.State.Best);
        Assert.Equal(0.5, checkpoint?.State.Score);
        Assert.Equal(1, checkpoint?.State.Format);
        Assert.True(checkpoint?.Has(CheckpointFiles.Optimizer));
        Assert.False(checkpoint?.Has(CheckpointFiles.Average));
        Assert.Equal(
            ["manifest.json", "model.safetensors", "optimizer.safetensors", "state.json"],
            Directory.GetFiles(folder.At("000001-step-000000250")).Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Numbers_continue_from_the_highest_present_even_if_it_is_damaged_or_foreign()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (1, null), (2, null));
        Directory.CreateDirectory(folder.At("000040-step-000000007"));

        Sample.Save(Sample.Store(folder), (3, null));

        Assert.Contains("000041-step-000000003", Sample.Folders(folder));
    }

    [Fact]
    public void An_empty_folder_has_neither_newest_nor_best()
    {
        using var folder = new TemporaryFolder();
        var store = Sample.Store(folder);
        Assert.Null(store.FindNewest(damaged => Assert.Fail(damaged.Problem)));
        Assert.Null(store.FindBest(damaged => Assert.Fail(damaged.Problem)));
        Assert.Null(store.Best);
    }

    [Fact]
    public void The_newest_and_the_best_are_named_for_people()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, 0.2), (20, 0.4), (30, 0.3), (35, null));
        Assert.Equal("000004-step-000000035\n", File.ReadAllText(folder.At("latest")));
        Assert.Equal("000002-step-000000020\n", File.ReadAllText(folder.At("best")));
        Assert.Equal(
            ["best", "latest"], Directory.GetFiles(folder.Path).Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_first_of_equal_scores_stays_the_best_and_a_score_that_is_not_finite_is_none()
    {
        using var folder = new TemporaryFolder();
        var store = Sample.Store(folder);
        Sample.Save(store, (10, double.NaN), (20, -0.5), (30, -0.5), (40, double.PositiveInfinity));
        Assert.Equal(new BestSave(-0.5, 20, 2), store.Best);
        Sample.AssertIs(store.FindBest(damaged => Assert.Fail(damaged.Problem)), 20);
    }

    [Fact]
    public void A_resumed_run_knows_its_best_save()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, 0.9), (20, 0.1));
        var store = Sample.Store(folder);

        store.Resume(store.FindNewest(_ => { }) ?? throw new InvalidOperationException("no checkpoint"));
        Sample.Save(store, (30, 0.5));

        Assert.Equal(new BestSave(0.9, 10, 1), store.Best);
        Sample.AssertIs(store.FindBest(damaged => Assert.Fail(damaged.Problem)), 10);
    }

    [Fact]
    public void A_checkpoint_opens_under_any_name_and_place()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (5, null));
        Directory.Move(folder.At("000001-step-000000005"), folder.At("my favourite"));
        Sample.AssertIs(Checkpoint.Open(folder.At("my favourite")), 5);
    }

    [Fact]
    public void A_folder_that_is_no_checkpoint_is_refused_with_a_reason()
    {
        using var folder = new TemporaryFolder();
        var missing = Assert.Throws<TrainerException>(() => Checkpoint.Open(folder.At("nothing")));
        var empty = Assert.Throws<TrainerException>(() => Checkpoint.Open(folder.Path));
        Assert.Equal((ErrorKind.Checkpoint, ErrorKind.Checkpoint), (missing.Kind, empty.Kind));
        Assert.Contains("no folder", missing.Message, StringComparison.Ordinal);
        Assert.Contains("manifest.json is missing", empty.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_without_a_model_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => Sample.Store(folder).Prepare(new([], Sample.State(1))));
        Assert.Empty(Sample.Folders(folder));
    }
}
