using Trainer.Engine.Checkpoints;

namespace Trainer.Tests.Checkpoints;

public sealed class AdoptedCheckpointTests
{
    [Fact]
    public void A_run_that_goes_on_elsewhere_takes_its_best_save_and_its_metrics_along()
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
    public void A_checkpoint_that_lies_alone_is_taken_without_metrics_and_is_its_own_best()
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
    public void A_restart_finds_the_adopted_checkpoint()
    {
        using var source = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(source), (1, null));
        Sample.Store(folder).Resume(Checkpoint.Open(source.At("000001-step-000000001")));
        Sample.AssertIs(Sample.Store(folder).FindNewest(damaged => Assert.Fail(damaged.Problem)), 1, metricsLength: 0);
    }
}
