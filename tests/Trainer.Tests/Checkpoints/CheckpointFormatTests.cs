using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Tests.Checkpoints;

public sealed class CheckpointFormatTests
{
    private static readonly string Fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "checkpoint-format-1");

    [Fact]
    public void A_checkpoint_that_was_written_as_format_1_is_read_for_ever()
    {
        var checkpoint = Checkpoint.Open(Path.Combine(Fixture, "000003-step-000000030"));
        Sample.AssertIs(checkpoint, 30);
        Assert.Equal(new BestSave(0.75, 20, 2), checkpoint.State.Best);
        Assert.Equal(0.1, checkpoint.State.Score);
    }

    [Fact]
    public void A_newer_format_is_refused_and_not_passed_over()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, null), (20, null));
        var older = new CheckpointStore(
            folder.Path, Sample.KeepAll, _ =>
            { }, new DurableFiles(), new CheckpointFormat(0, new Dictionary<int, Func<JsonObject, JsonObject>>()));

        var exception = Assert.Throws<TrainerException>(() => older.FindNewest(_ => { }));

        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains("format 1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_older_format_goes_through_every_conversion_in_turn()
    {
        var format = new CheckpointFormat(3, new Dictionary<int, Func<JsonObject, JsonObject>>
        {
            [1] = state =>
            {
                state["device"] += " then 2";
                return state;
            },
            [2] = state =>
            {
                state["device"] += " then 3";
                return state;
            },
        });
        var store = new CheckpointStore(Fixture, Sample.KeepAll, _ => { }, new DurableFiles(), format);

        var state = store.FindNewest(damaged => Assert.Fail(damaged.Problem))?.State;

        Assert.Equal("cpu then 2 then 3", state?.Device);
        Assert.Equal(3, state?.Format);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(5000)]
    public void A_number_of_threads_that_torch_cannot_take_is_damage(int threads)
    {
        var state = JsonNode.Parse(File.ReadAllBytes(Path.Combine(
            Fixture, "000003-step-000000030", "state.json")))!.AsObject();
        state["threads"] = threads;
        var error = Assert.Throws<JsonException>(() => CheckpointFormat.Default.Read(
            "state.json", JsonSerializer.SerializeToUtf8Bytes(state)));
        Assert.Equal($"threads is {threads}, expected 1 to 4096", error.Message);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"format":"1"}""")]
    [InlineData("""{"format":0}""")]
    [InlineData("""{"format":1}""")]
    public void A_state_that_is_not_of_its_format_is_an_error(string json) =>
        Assert.Throws<System.Text.Json.JsonException>(
        () => CheckpointFormat.Default.Read("a", System.Text.Encoding.UTF8.GetBytes(json)));
}
