using Trainer.Engine.Checkpoints;

namespace Trainer.Tests.Checkpoints;

public sealed class RetentionTests
{
    [Fact]
    public void The_last_and_the_best_stay()
    {
        using var folder = new TemporaryFolder();
        var store = Sample.Store(folder, new Retention(KeepLast: 2, KeepBest: 1));
        Sample.Save(store, (10, 0.1), (20, 0.9), (30, 0.3), (40, null), (50, 0.5));
        Assert.Equal(
            ["000002-step-000000020", "000004-step-000000040", "000005-step-000000050"], Sample.Folders(folder));
    }

    [Fact]
    public void Several_of_the_best_stay_and_the_earlier_of_equals()
    {
        using var folder = new TemporaryFolder();
        var store = Sample.Store(folder, new Retention(KeepLast: 1, KeepBest: 2));
        Sample.Save(store, (10, 0.5), (20, 0.9), (30, 0.5), (40, 0.1), (50, 0.1));
        Assert.Equal(
            ["000001-step-000000010", "000002-step-000000020", "000005-step-000000050"], Sample.Folders(folder));
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_deleted_does_not_keep_the_others()
    {
        using var folder = new TemporaryFolder();
        var warnings = new List<string>();
        var store = new CheckpointStore(
            folder.Path, new(KeepLast: 1, KeepBest: 0), warnings.Add, new(operation =>
            {
                if (operation == "delete .trash-000001-step-000000010")
                    throw new IOException("Device or resource busy");
            }), CheckpointFormat.Default);
        store.ClearLeftovers();
        Sample.Save(store, (10, null), (20, null), (30, null), (40, null));
        Assert.Equal([".trash-000001-step-000000010", "000004-step-000000040"], Sample.Folders(folder));
        Assert.Equal(3, warnings.Count);
        Assert.StartsWith(
            "Could not delete what is left of a deleted checkpoint: Device or resource busy.", warnings[0],
            StringComparison.Ordinal);
        store.ClearLeftovers();
    }

    [Fact]
    public void A_damaged_checkpoint_counts_in_no_later_start()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, null), (20, null), (30, null));
        File.WriteAllText(folder.At("000003-step-000000030", "model.safetensors"), "rot");
        Sample.Store(folder).FindNewest(damaged => damaged.Mark());
        Assert.NotEqual("", File.ReadAllText(folder.At("000003-step-000000030", "damaged.txt")));
        // The next start opens the newest alone, and has not seen the damage.
        var store = Sample.Store(folder, new Retention(KeepLast: 2, KeepBest: 0));
        Sample.Save(store, (40, null));
        Assert.Equal(
            ["000002-step-000000020", "000003-step-000000030", "000004-step-000000040"], Sample.Folders(folder));
    }

    [Fact]
    public void Scores_are_remembered_over_a_restart()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, 0.9), (20, 0.1));
        var store = Sample.Store(folder, new Retention(KeepLast: 1, KeepBest: 2));

        store.Resume(Checkpoint.Open(folder.At("000002-step-000000020")));
        Sample.Save(store, (30, 0.2), (40, 0.0));

        Assert.Equal(["000001-step-000000010", "000002-step-000000020", "000003-step-000000030",
            "000004-step-000000040"], Sample.Folders(folder));
    }

    [Fact]
    public void The_best_on_record_goes_before_a_better_one_of_an_abandoned_future()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, 0.5), (20, 0.2), (30, 0.9));
        var store = Sample.Store(folder, new Retention(KeepLast: 1, KeepBest: 1));

        store.Resume(Checkpoint.Open(folder.At("000002-step-000000020")));
        Sample.Save(store, (21, 0.3), (22, 0.3));

        Assert.Equal(
            ["000001-step-000000010", "000002-step-000000020", "000005-step-000000022"], Sample.Folders(folder));
    }

    [Fact]
    public void The_one_resumed_from_stays()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, null), (20, null));
        var store = Sample.Store(folder, new Retention(KeepLast: 1, KeepBest: 0));

        store.Resume(Checkpoint.Open(folder.At("000001-step-000000010")));
        Sample.Save(store, (30, null), (40, null));

        Assert.Equal(["000001-step-000000010", "000004-step-000000040"], Sample.Folders(folder));
    }

    [Fact]
    public void What_the_engine_did_not_write_is_never_touched()
    {
        using var folder = new TemporaryFolder();
        var store = Sample.Store(folder, new Retention(KeepLast: 1, KeepBest: 0));
        Sample.Save(store, (10, null));
        File.WriteAllText(folder.At("000001-step-000000010", "notes.txt"), "the good one");
        Directory.CreateDirectory(folder.At("000002-step-000000015"));
        File.WriteAllText(folder.At("000002-step-000000015", "mine"), "not a checkpoint");
        Directory.CreateDirectory(folder.At("000003-step-000000016"));
        Directory.CreateDirectory(folder.At("evaluations"));
        File.WriteAllText(folder.At("my.safetensors"), "weights");
        using var elsewhere = new TemporaryFolder();
        Sample.Save(Sample.Store(elsewhere), (17, null));
        Directory.CreateSymbolicLink(folder.At("000004-step-000000017"), elsewhere.At("000001-step-000000017"));

        Sample.Save(store, (20, null), (30, null), (40, null));

        Assert.Equal(
            ["000001-step-000000010", "000002-step-000000015", "000003-step-000000016", "000004-step-000000017",
            "000007-step-000000040", "evaluations"],
            Sample.Folders(folder));
        Assert.Equal("the good one", File.ReadAllText(folder.At("000001-step-000000010", "notes.txt")));
        Assert.Equal("not a checkpoint", File.ReadAllText(folder.At("000002-step-000000015", "mine")));
        Assert.Equal("weights", File.ReadAllText(folder.At("my.safetensors")));
        Sample.AssertIs(Checkpoint.Open(elsewhere.At("000001-step-000000017")), 17);
    }

    [Fact]
    public void Leftovers_are_cleared_and_what_only_looks_like_them_is_not()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, null));
        foreach (var name in (string[])[".tmp-000002-step-000000020", ".trash-000001-step-000000005", ".tmp-mine",
            ".trash", ".tmp-17-step-4"])
        {
            Directory.CreateDirectory(folder.At(name));
            File.WriteAllText(folder.At(name, "model.safetensors"), "half");
        }

        Sample.Store(folder).ClearLeftovers();

        Assert.Equal([".tmp-17-step-4", ".tmp-mine", ".trash", "000001-step-000000010"], Sample.Folders(folder));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, -1)]
    public void Keeping_nothing_is_refused(int last, int best) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Retention(last, best));
}
