using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;

namespace Trainer.Tests.Checkpoints;

/// <summary>
/// Ends a save before each of its file operations in turn, as a kill, a full disk or a failing folder would.
/// </summary>
public sealed class InterruptedSaveTests : IDisposable
{
    private static readonly Retention Retention = new(KeepLast: 1, KeepBest: 1);

    private readonly TemporaryFolder template = new();

    public void Dispose() => template.Dispose();

    [Fact]
    public void A_kill_before_any_operation_leaves_the_last_good_checkpoint()
    {
        var operations = Operations();
        for (var kill = 0; kill < operations.Count; kill++)
        {
            using var folder = AfterTwoSaves();
            var left = kill;

            // Once dead, nothing works any more: no cleaning up either.
            Assert.Throws<KilledException>(() => Sample.Save(Interrupted(folder, _ =>
            {
                if (left-- <= 0)
                    throw new KilledException();
            }), (30, 0.7)));

            AssertGoesOn(folder, operations[kill]);
        }
    }

    [Fact]
    public void A_disk_that_is_full_for_good_leaves_the_last_good_checkpoint()
    {
        var operations = Operations();
        for (var full = 0; full < operations.Count; full++)
        {
            using var folder = AfterTwoSaves();
            var left = full;

            var store = Interrupted(folder, operation =>
            {
                if (left-- <= 0 && !operation.StartsWith("delete", StringComparison.Ordinal))
                    throw new IOException("No space left on device");
            });
            var failed = Record.Exception(() => Sample.Save(store, (30, 0.7)));

            Assert.True(failed is null or IOException, $"{operations[full]}: {failed}");
            Assert.DoesNotContain(Sample.Folders(folder), name => name.StartsWith(".tmp-", StringComparison.Ordinal));
            AssertGoesOn(folder, operations[full]);
        }
    }

    [Fact]
    public void A_disk_that_was_full_once_takes_the_next_save()
    {
        var operations = Operations();
        for (var full = 0; full < operations.Count; full++)
        {
            using var folder = AfterTwoSaves();
            var left = full;
            var store = Interrupted(folder, _ =>
            {
                if (left-- == 0)
                    throw new IOException("No space left on device");
            });

            Record.Exception(() => Sample.Save(store, (30, 0.7)));
            Sample.Save(store, (40, null));

            Sample.AssertIs(Sample.Store(folder).FindNewest(damaged => Assert.Fail(damaged.Problem)), 40);
            Assert.DoesNotContain(Sample.Folders(folder), name => name.StartsWith('.'));
        }
    }

    [Fact]
    public void Files_are_synced_before_their_folder_is_renamed_and_the_parent_after()
    {
        Assert.Equal(
            [
                "create .tmp-000003-step-000000030",
                "create model.safetensors", "write model.safetensors", "write model.safetensors",
                "write model.safetensors", "sync model.safetensors",
                "create optimizer.safetensors", "write optimizer.safetensors", "write optimizer.safetensors",
                "sync optimizer.safetensors",
                "create state.json", "write state.json", "sync state.json",
                "create manifest.json", "write manifest.json", "sync manifest.json",
                "sync .tmp-000003-step-000000030",
                "sync metrics.jsonl",
                "rename .tmp-000003-step-000000030",
                "sync RUN",
                "create .tmp-latest", "write .tmp-latest", "sync .tmp-latest", "rename .tmp-latest",
                "create .tmp-best", "write .tmp-best", "sync .tmp-best", "rename .tmp-best",
                "rename 000001-step-000000010", "sync RUN", "delete .trash-000001-step-000000010",
            ],
            Operations());
    }

    /// <summary>Copies of one folder, because syncing takes long.</summary>
    private TemporaryFolder AfterTwoSaves()
    {
        if (Sample.Folders(template).Length == 0)
            Sample.Save(Sample.Store(template, Retention), (10, 0.5), (20, 0.1));
        var copy = new TemporaryFolder();
        foreach (var path in Directory.GetFiles(template.Path, "*", SearchOption.AllDirectories))
        {
            var target = copy.At(Path.GetRelativePath(template.Path, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target) ?? "");
            File.Copy(path, target);
        }
        return copy;
    }

    private List<string> Operations()
    {
        using var folder = AfterTwoSaves();
        var operations = new List<string>();
        Sample.Save(Interrupted(
            folder, operation =>
            operations.Add(operation.Replace(Path.GetFileName(folder.Path), "RUN", StringComparison.Ordinal))),
            (30, 0.7));
        return operations;
    }

    private static CheckpointStore Interrupted(TemporaryFolder folder, Action<string> before)
    {
        File.WriteAllText(folder.At("metrics.jsonl"), "");
        var store = new CheckpointStore(
            folder.Path, Retention, _ => { }, new DurableFiles(before), CheckpointFormat.Default);
        store.Resume(
            store.FindNewest(damaged => Assert.Fail(damaged.Problem))
            ?? throw new InvalidOperationException("no checkpoint"));
        return store;
    }

    /// <summary>The next start clears up, finds a sound checkpoint at once and saves again.</summary>
    private static void AssertGoesOn(TemporaryFolder folder, string operation)
    {
        var store = Sample.Store(folder, Retention);
        store.ClearLeftovers();
        Assert.DoesNotContain(Sample.Folders(folder), name => name.StartsWith('.'));

        var newest = store.FindNewest(damaged => Assert.Fail($"before '{operation}': {damaged.Problem}"));
        Assert.True(newest?.State.GlobalStep is 20 or 30, $"before '{operation}': {newest?.Path}");
        Sample.AssertIs(newest, newest?.State.GlobalStep ?? 0);

        store.Resume(newest ?? throw new InvalidOperationException("no checkpoint"));
        Sample.AssertIs(
            store.FindBest(damaged => Assert.Fail(damaged.Problem)), newest.State.GlobalStep == 30 ? 30 : 10);
        Sample.Save(store, (40, 0.2));
        Sample.AssertIs(store.FindNewest(_ => { }), 40);
    }

    /// <summary>Not an error of the file system: nothing may catch it.</summary>
    private sealed class KilledException : Exception;
}
