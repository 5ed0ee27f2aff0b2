using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Studies;
using Trainer.Engine.Training.Collapse;
using Trainer.Tests.Checkpoints;

namespace Trainer.Tests.Studies;

public sealed class StudyFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly StudyCell cell = new("a", "a.json", null, [], 0);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(CollapseKind.Forgotten, "stop", null, CellProgress.Collapsed)]
    [InlineData(CollapseKind.Forgotten, "stop", CollapseAction.Stop, CellProgress.Collapsed)]
    [InlineData(CollapseKind.Forgotten, "stop", CollapseAction.Ignore, CellProgress.Unfinished)]
    [InlineData(CollapseKind.NotFinite, "stop", CollapseAction.Ignore, CellProgress.Collapsed)]
    [InlineData(CollapseKind.Forgotten, "stop", CollapseAction.Rollback, CellProgress.Unfinished)]
    [InlineData(CollapseKind.Forgotten, "rollback", CollapseAction.Rollback, CellProgress.Collapsed)]
    public void A_run_that_its_guard_stopped_is_resumed_where_the_present_guard_would_not_stop_it(
        CollapseKind kind, string before, CollapseAction? now, CellProgress expected)
    {
        Directory.CreateDirectory(Run);
        Save(10, before);
        Stop(kind, 15);
        Assert.Equal(expected, State(now));
    }

    [Fact]
    public void A_run_that_was_trained_on_after_a_stop_has_not_collapsed()
    {
        Directory.CreateDirectory(Run);
        Save(10, "stop");
        Stop(CollapseKind.Forgotten, 15);
        Save(20, "ignore");
        Assert.Equal(CellProgress.Unfinished, State(CollapseAction.Stop));
        Stop(CollapseKind.Forgotten, 25);
        Assert.Equal(CellProgress.Collapsed, State(CollapseAction.Stop));
    }

    [Fact]
    public void A_collapse_counts_once_whatever_the_resumed_run_does()
    {
        Directory.CreateDirectory(Run);
        Stop(CollapseKind.Forgotten, 15);
        var ignored = new CollapseRecord(1, 15, CollapseKind.Forgotten, "Fell.", CollapseAction.Ignore);
        ignored.AppendTo(Path.Combine(Run, "collapses.jsonl"));
        Assert.Equal([ignored], CollapseRecord.Read(Run));
        Stop(CollapseKind.Forgotten, 25);
        Assert.Equal([15, 25], CollapseRecord.Read(Run).Select(collapse => collapse.Step));
    }

    [Fact]
    public void A_run_whose_checkpoint_cannot_be_read_is_unfinished_and_its_own_process_says_why()
    {
        Directory.CreateDirectory(Run);
        Save(10, "stop");
        var model = folder.At("a.seed=0", "000001-step-000000010", "model.safetensors");
        File.Delete(model);
        File.CreateSymbolicLink(model, model);
        Assert.Equal(CellProgress.Unfinished, State(null));
    }

    private string Run => folder.At("a.seed=0");

    private CellProgress State(CollapseAction? now) =>
        new StudyFolder(folder.Path) { OnCollapse = _ => now }.StateOf(cell).Progress;

    private void Stop(CollapseKind kind, long step) =>
        new CollapseRecord(1, step, kind, "Fell.", CollapseAction.Stop).AppendTo(Path.Combine(Run, "collapses.jsonl"));

    private void Save(long step, string guard)
    {
        using var scope = NewDisposeScope();
        var contents = Sample.Contents(step);
        var store = new CheckpointStore(Run, Sample.KeepAll, warning => Assert.Fail(warning));
        store.Write(store.Prepare(contents with
        {
            State = contents.State with
            {
                Recipe = new JsonObject { ["guard"] = new JsonObject { ["onCollapse"] = guard } },
            },
        }));
    }
}
