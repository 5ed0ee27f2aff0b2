using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Tests.Checkpoints;

public sealed class CheckpointSaverTests
{
    [Fact]
    public void What_changes_after_the_call_is_not_saved()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var writing = new ManualResetEventSlim();
        using var changed = new ManualResetEventSlim();
        var contents = Sample.Contents(10);
        using (var saver = new CheckpointSaver(Store(folder, operation =>
        {
            if (operation != "create model.safetensors")
                return;
            writing.Set();
            changed.Wait(TestContext.Current.CancellationToken);
        }), _ => { }))
        {
            saver.Save(contents);
            writing.Wait(TestContext.Current.CancellationToken);
            foreach (var (_, tensor) in contents.Files.SelectMany(file => file.Tensors))
                tensor.zero_();
            contents.State.Parts.Clear();
            contents.State.Recipe.Clear();
            changed.Set();
            saver.Flush();
        }
        Sample.AssertIs(Sample.Store(folder).FindNewest(damaged => Assert.Fail(damaged.Problem)), 10);
    }

    [Fact]
    public void The_tensors_may_be_disposed_of_after_the_call()
    {
        using var folder = new TemporaryFolder();
        using var saver = new CheckpointSaver(Sample.Store(folder), _ => { });
        using (NewDisposeScope())
            saver.Save(Sample.Contents(10));
        using (NewDisposeScope())
            saver.Save(Sample.Contents(20));
        saver.Flush();
        Sample.AssertIs(Sample.Store(folder).FindNewest(_ => { }), 20);
        Sample.AssertIs(Checkpoint.Open(folder.At("000001-step-000000010")), 10);
    }

    [Fact]
    public void A_save_waits_for_the_one_in_flight()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var inFlight = 0;
        var most = 0;
        using var saver = new CheckpointSaver(
            Store(folder, operation =>
            {
                if (operation == "create model.safetensors")
                    most = Math.Max(most, Interlocked.Increment(ref inFlight));
                if (operation == "sync manifest.json")
                    Interlocked.Decrement(ref inFlight);
            }),
            _ => { });
        for (var step = 1; step <= 20; step++)
            saver.Save(Sample.Contents(step));
        saver.Flush();
        Assert.Equal(1, most);
        Assert.Equal(20, Sample.Folders(folder).Length);
    }

    [Fact]
    public void A_failed_save_is_reported_and_the_next_one_makes_good()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var full = true;
        var reports = new List<SaveReport>();
        using var saver = new CheckpointSaver(
            Store(folder, operation =>
            {
                if (full && operation == "write optimizer.safetensors")
                    throw new IOException("No space left on device");
            }),
            reports.Add);

        saver.Save(Sample.Contents(10));
        var exception = Assert.Throws<TrainerException>(saver.Flush);
        Assert.Empty(Sample.Folders(folder));
        full = false;
        saver.Save(Sample.Contents(20));
        saver.Flush();

        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains("No space left on device", exception.Message, StringComparison.Ordinal);
        Assert.Equal(
            [new SaveReport(10, null, exception.Message), new SaveReport(20, new CheckpointName(1, 20), null)],
            reports);
        Sample.AssertIs(Sample.Store(folder).FindNewest(damaged => Assert.Fail(damaged.Problem)), 20);
    }

    [Fact]
    public void A_folder_that_cannot_be_listed_fails_a_save_and_not_the_run()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var run = Directory.CreateDirectory(folder.At("run")).FullName;
        var reports = new List<SaveReport>();
        using var saver = new CheckpointSaver(
            new CheckpointStore(run, Sample.KeepAll, warning => Assert.Fail(warning)), reports.Add);
        saver.Save(Sample.Contents(10));
        saver.Flush();
        Directory.Move(run, folder.At("away"));
        saver.Save(Sample.Contents(20));
        Directory.Move(folder.At("away"), run);
        saver.Save(Sample.Contents(30));
        saver.Flush();
        Assert.Equal([null, reports[1].Failure, null], reports.Select(report => report.Failure));
        Assert.Contains(
            "; the last checkpoint is 000001-step-000000010, and the next save is tried as usual.", reports[1].Failure,
            StringComparison.Ordinal);
        Sample.AssertIs(new CheckpointStore(run, Sample.KeepAll, _ => { }).FindNewest(_ => { }), 30);
    }

    [Fact]
    public void A_save_that_is_denied_asks_for_access_and_not_for_room()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var saver = new CheckpointSaver(
            Store(folder, _ => throw new UnauthorizedAccessException("Access is denied.")), _ => { });
        saver.Save(Sample.Contents(10));
        Assert.Equal(
            "The save at step 10 failed: Access is denied. Make the folder accessible; there is no checkpoint yet, and "
            + "the next save is tried as usual.", Assert.Throws<TrainerException>(saver.Flush).Message);
    }

    [Fact]
    public void A_save_that_failed_does_not_become_the_best()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var full = false;
        var store = Store(folder, operation =>
        {
            if (full && operation == "sync model.safetensors")
                throw new IOException("No space left on device");
        });
        using var saver = new CheckpointSaver(store, _ => { });

        saver.Save(Sample.Contents(10, 0.5));
        saver.Flush();
        full = true;
        saver.Save(Sample.Contents(20, 0.9));
        Assert.Equal(new BestSave(0.5, 10, 1), saver.Best);
        Assert.Throws<TrainerException>(saver.Flush);
        full = false;
        saver.Save(Sample.Contents(30, 0.6));
        saver.Flush();

        Assert.Equal(new BestSave(0.6, 30, 2), store.Best);
    }

    [Fact]
    public void The_best_is_that_of_the_save_in_flight_too()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var go = new ManualResetEventSlim();
        using var saver = new CheckpointSaver(Store(folder, operation =>
        {
            if (operation == "create model.safetensors")
                go.Wait(TestContext.Current.CancellationToken);
        }), _ => { });
        Assert.Null(saver.Best);
        saver.Save(Sample.Contents(10, 0.5));
        BestSave? best = null;
        var asking = new Thread(() => best = saver.Best);
        asking.Start();
        Assert.False(asking.Join(0));
        go.Set();
        asking.Join();
        Assert.Equal(new BestSave(0.5, 10, 1), best);
    }

    [Fact]
    public void A_defect_is_thrown_to_the_caller()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var saver = new CheckpointSaver(
            Store(folder, _ => throw new InvalidOperationException("a defect")), _ => { });
        saver.Save(Sample.Contents(10));
        Assert.Equal("a defect", Assert.Throws<InvalidOperationException>(saver.Flush).Message);
    }

    [Fact]
    public void Saving_again_and_again_keeps_the_number_of_live_tensors()
    {
        using var folder = new TemporaryFolder();
        using var saver = new CheckpointSaver(Sample.Store(folder, new Retention(KeepLast: 1, KeepBest: 0)), _ => { });
        Save(saver, 1);
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var step = 2; step < 20; step++)
            Save(saver, step);
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void Save(CheckpointSaver saver, long step)
    {
        using var scope = NewDisposeScope();
        saver.Save(Sample.Contents(step));
        saver.Flush();
    }

    private static CheckpointStore Store(TemporaryFolder folder, Action<string> before) =>
        new(folder.Path, Sample.KeepAll, warning =>
        Assert.Fail(warning), new DurableFiles(before), CheckpointFormat.Default);
}
