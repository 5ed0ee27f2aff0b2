using System.Text.Json.Nodes;
using Trainer.Tests.Training;

namespace Trainer.Tests.TensorBoard;

public sealed class TensorBoardTests
{
    [Fact]
    public void The_readers_checksum_has_the_published_check_value() =>
        Assert.Equal(0xE3069283u, EventReader.Checksum("123456789"u8));

    [Fact]
    public void Events_hold_the_metrics_of_metrics_jsonl()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe());

        var events = EventReader.Read(Assert.Single(Files(run)));

        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.True(events[1].IsStart);
        foreach (var (type, field, tag) in (ReadOnlySpan<(string, string, string)>)[
            ("step", "loss", "train/loss"), ("step", "learningRate", "train/learning rate"),
            ("epoch", "validation.robust", "epoch/validation robust")])
        {
            var expected = File.ReadLines(Path.Combine(run.Folder, "metrics.jsonl"))
                .Select(line => JsonNode.Parse(line)!)
                .Where(line => line["type"]!.GetValue<string>() == type)
                .Select(line =>
                (line["step"]!.GetValue<long>(), (float?)field.Split('.').Aggregate(line, (node, key) => node[key]!)
                .GetValue<double>()));
            Assert.Equal(expected, events.SelectMany(
                entry => entry.Values.Where(value => value.Tag == tag).Select(value => (entry.Step, value.Scalar))));
        }
    }

    [Fact]
    public void Each_epoch_shows_examples_before_and_after_the_attack()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe());
        var values = EventReader.Read(Assert.Single(Files(run))).SelectMany(entry => entry.Values).ToList();
        Assert.Equal(2, values.Count(value => value.Text?.StartsWith(
            "| class | clean | adversarial |", StringComparison.Ordinal) == true));
        Assert.Equal(2, values.Count(value => value.Image?.AsSpan(1, 3).SequenceEqual("PNG"u8) == true));
    }

    [Fact]
    public void A_resumed_run_begins_a_file_with_a_session_start_at_its_step()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        Assert.Throws<CrashException>(() => run.Train(TinyRun.Recipe(), new Crash(5)));
        run.Train(TinyRun.Recipe());

        var files = Files(run);

        Assert.Equal(2, files.Length);
        var events = EventReader.Read(files[1]);
        Assert.True(events[1].IsStart);
        Assert.Equal(4, events[1].Step);
        Assert.All(events.Skip(2), entry => Assert.True(entry.Step > 4));
    }

    [Fact]
    public void The_file_of_a_later_start_comes_last_though_the_clock_went_back()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        Assert.Throws<CrashException>(() => run.Train(TinyRun.Recipe(), new Crash(5)));
        File.Move(Files(run).Single(), Path.Combine(run.Folder, "events.out.tfevents.9000000000.zebra.000000"));
        run.Train(TinyRun.Recipe());
        Assert.StartsWith(
            "events.out.tfevents.9000000001.", Path.GetFileName(Files(run)[1]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_writes_no_further_file()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe());
        run.Train(TinyRun.Recipe());
        Assert.Single(Files(run));
    }

    [Fact]
    public void A_recipe_can_do_without()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(("logging.tensorBoard", false)));
        Assert.Empty(Files(run));
    }

    private static string[] Files(TinyRun run) =>
        [.. Directory.GetFiles(run.Folder, "events.out.tfevents.*").Order(StringComparer.Ordinal)];
}
