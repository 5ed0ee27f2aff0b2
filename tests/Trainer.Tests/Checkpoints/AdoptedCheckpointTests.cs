using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;

namespace Trainer.Tests.Checkpoints;

public sealed class AdoptedCheckpointTests
{
    [Fact]
    public void A_run_resumed_in_another_folder_copies_its_best_save_and_its_metrics()
    {
        using var source = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(source), (1, 0.9), (2, 0.1), (3, 0.95));
        File.WriteAllText(source.At("metrics.jsonl"), new string('x', 199) + "\n and more");
        var store = Sample.Store(folder, new Retention(KeepLast: 1, KeepBest: 1));

        var adopted = store.Resume(Checkpoint.Open(source.At("000002-step-000000002") + "/"));

        Sample.AssertIs(adopted, 2);
        Assert.Equal(["000001-step-000000001", "000002-step-000000002"], Sample.Folders(folder));
        Assert.Equal(new BestSave(0.9, 1, 1), store.Best);
        Sample.AssertIs(store.FindBest(damaged => Assert.Fail(damaged.Problem)), 1);
        Assert.Equal(200, new FileInfo(folder.At("metrics.jsonl")).Length);
        Assert.Equal(3, Sample.Folders(source).Length);
    }

    [Fact]
    public void Interrupted_anywhere_it_leaves_nothing_or_the_right_checkpoint_newest()
    {
        using var source = new TemporaryFolder();
        Sample.Save(Sample.Store(source), (1, 0.9), (2, 0.1));
        File.WriteAllText(source.At("metrics.jsonl"), new string('x', 199) + "\n");
        var operations = 0;
        using (var whole = new TemporaryFolder())
            Resume(source, _ => operations++, whole);
        Assert.InRange(operations, 40, 60);
        for (var kill = 0; kill < operations; kill++)
        {
            using var folder = new TemporaryFolder();
            var left = kill;
            Action<string> before = _ =>
            {
                if (left-- <= 0)
                    throw new InvalidOperationException("killed");
            };
            Assert.Throws<InvalidOperationException>(() => Resume(source, before, folder));

            var store = Sample.Store(folder, new Retention(KeepLast: 1, KeepBest: 1));
            store.ClearLeftovers();
            var newest = store.FindNewest(damaged => Assert.Fail(damaged.Problem));
            if (newest is null)
            {
                Assert.Empty(Sample.Folders(folder));
                continue;
            }
            Sample.AssertIs(newest, 2);
            store.CompleteAdoption(newest, Checkpoint.Open(source.At("000002-step-000000002")));
            store.Resume(newest);
            Assert.Equal(["000001-step-000000001", "000002-step-000000002"], Sample.Folders(folder));
            Assert.Equal(new BestSave(0.9, 1, 1), store.Best);
            Sample.AssertIs(store.FindBest(damaged => Assert.Fail(damaged.Problem)), 1);
            Assert.Equal(newest.State.Origin, store.FindBest(_ => { })?.State.Origin);
        }
    }

    [Fact]
    public void A_best_save_that_is_gone_is_reported_and_the_best_of_those_left_takes_its_place()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (1, 0.9), (2, 0.4), (3, 0.2));
        Directory.Delete(folder.At("000001-step-000000001"), recursive: true);
        var warnings = new List<string>();
        var store = new CheckpointStore(folder.Path, new Retention(KeepLast: 2, KeepBest: 1), warnings.Add);
        store.Resume(Checkpoint.Open(folder.At("000003-step-000000003")));
        Assert.Equal(new BestSave(0.4, 2, 2), store.Best);
        Assert.StartsWith("The best checkpoint, 000001-step-000000001, is not in ", Assert.Single(warnings));
        Sample.Save(store, (4, 0.5));
        Assert.Equal(new BestSave(0.5, 4, 4), store.Best);
    }

    [Fact]
    public void A_checkpoint_without_its_run_folder_is_copied_without_metrics_and_is_its_own_best()
    {
        using var source = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(source), (1, 0.9), (2, 0.1));
        Directory.Move(source.At("000002-step-000000002"), source.At("alone"));
        Directory.Delete(source.At("000001-step-000000001"), recursive: true);
        var store = Sample.Store(folder);

        var adopted = store.Resume(Checkpoint.Open(source.At("alone")));

        Sample.AssertIs(adopted, 2, metricsLength: 0);
        Assert.Equal(new BestSave(0.1, 2, 1), adopted.State.Best);
        Assert.Equal(["000001-step-000000002"], Sample.Folders(folder));
        Assert.False(File.Exists(folder.At("metrics.jsonl")));
    }

    [Fact]
    public void Every_later_save_knows_what_the_run_began_with()
    {
        using var source = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(source), (1, null), (2, null));
        var origin = Checkpoint.Open(source.At("000001-step-000000001"));
        Sample.Store(folder).Resume(origin);
        var store = Sample.Store(folder);
        store.Resume(store.FindNewest(_ => { }) ?? throw new InvalidOperationException("no checkpoint"));
        Sample.Save(store, (3, null));

        Assert.Equal(origin.Identity, store.FindNewest(_ => { })?.State.Origin);
        Assert.NotEqual(origin.Identity, Checkpoint.Open(source.At("000002-step-000000002")).Identity);
        Assert.Null(origin.State.Origin);
    }

    [Fact]
    public void A_restart_finds_the_adopted_checkpoint()
    {
        using var source = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(source), (1, null));
        Sample.Store(folder).Resume(Checkpoint.Open(source.At("000001-step-000000001")));
        Sample.AssertIs(Sample.Store(folder).FindNewest(damaged => Assert.Fail(damaged.Problem)), 1, metricsLength: 0);
    }

    private static void Resume(TemporaryFolder source, Action<string> before, TemporaryFolder folder) =>
        new CheckpointStore(
        folder.Path, new Retention(KeepLast: 1, KeepBest: 1), _ =>
        { }, new DurableFiles(before), CheckpointFormat.Default)
            .Resume(Checkpoint.Open(source.At("000002-step-000000002")));
}
