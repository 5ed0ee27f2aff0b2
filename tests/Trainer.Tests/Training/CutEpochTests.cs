using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Guards;

namespace Trainer.Tests.Training;

/// <summary>
/// A run that train.maxSteps ended within an epoch continues the epoch where it is given more steps. 96 images in
/// batches of 20: five steps an epoch, and the run ends after the eighth, the third of the second epoch.
/// </summary>
public sealed class CutEpochTests : IDisposable
{
    private static readonly string[] Kept = ["step 0 4", "step 0 5", "epoch 1 5", "step 1 8"];

    private readonly TemporaryFolder folder = new();
    private readonly LogLines log = new();
    private readonly ImageCounts counts = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("cosine", false)]
    [InlineData("constant", false)]
    [InlineData("cosine", true)] // stopped before the evaluation of the cut epoch
    [InlineData("constant", true)]
    public void The_rest_of_its_images_are_seen(string schedule, bool inEvaluation)
    {
        var run = Cut(schedule, inEvaluation);
        var first = new FirstStep();
        run.Train(counts.In(Recipe(schedule)), first, allowChange: true);
        Assert.Equal((1, 4L, 9L), (first.Epoch, first.StepInEpoch, first.Step));
        Assert.Equal(96 - 3 * 20, counts.Seen.Count);
        Assert.All(counts.Seen.Values, count => Assert.Equal(1, count));
        Assert.Equal((NextAction.Done, 2, 0L, 10L), Position(run));
        const string Continues = "Continues epoch 2 after step 3 of its 5, where train.maxSteps had ended the run";
        Assert.Contains(log.Warnings, warning => warning.StartsWith(Continues, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Its_line_is_written_once_and_counts_all_of_its_steps(bool inEvaluation)
    {
        var run = Cut("constant", inEvaluation);
        if (!inEvaluation)
            Assert.Equal([.. Kept, "epoch 2 8", "final", "final"], Lines(run));
        run.Train(Recipe("constant"), allowChange: true);
        Assert.Equal([.. Kept, "step 1 10", "epoch 2 10", "final", "final"], Lines(run));
        var whole = new TinyRun(folder.At("whole"));
        whole.Train(Recipe("constant"));
        Assert.Equal(Losses(whole), Losses(run));
        Assert.Equal(3, File.ReadLines(Path.Combine(run.Folder, "epochs.csv")).Count());
        Assert.Equal(whole.Tensors()["model.safetensors"], run.Tensors()["model.safetensors"]);
    }

    [Fact]
    public void It_starts_again_where_its_batches_change_too()
    {
        var run = Cut("cosine");
        var changed = TinyRun.Recipe(("train.batchSize", 32), ("evaluate.final", new JsonArray()));
        run.Train(counts.In(changed), allowChange: true);
        Assert.Equal(96, counts.Seen.Count);
        Assert.All(counts.Seen.Values, count => Assert.Equal(1, count));
        Assert.Equal((NextAction.Done, 2, 0L, 6L), Position(run));
        Assert.Equal(["step 0 4", "step 0 5", "epoch 1 5", "step 1 4", "step 1 6", "epoch 2 6"], Lines(run));
    }

    [Fact]
    public void A_checkpoint_of_an_older_version_counts_it_as_finished_and_it_is_continued()
    {
        var position = new TrainingPosition { Next = NextAction.Done, Epoch = 2, StepInEpoch = 0, Step = 8 };
        position.ReopenCutEpoch(5);
        Assert.Equal((1, 3L, 8L), (position.Epoch, position.StepInEpoch, position.Step));
        foreach (var (next, step) in ((NextAction, long)[])[(NextAction.Done, 10), (NextAction.Step, 8),
            (NextAction.Final, 4)])
        {
            position = new() { Next = next, Epoch = 2, StepInEpoch = 0, Step = step };
            position.ReopenCutEpoch(5);
            Assert.Equal((2, 0L), (position.Epoch, position.StepInEpoch));
        }
    }

    [Fact]
    public void Without_the_option_it_is_refused_with_advice()
    {
        foreach (var inEvaluation in (bool[])[false, true])
        {
            var run = Cut("constant", inEvaluation, $"run-{inEvaluation}");
            var before = run.Metrics();
            var exception = Assert.Throws<TrainerException>(() => run.Train(Recipe("constant")));
            Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
            Assert.Contains("at step 8, within an epoch of 5 steps", exception.Message, StringComparison.Ordinal);
            Assert.EndsWith(
                "continue the epoch with --allow-recipe-change.", exception.Message, StringComparison.Ordinal);
            Assert.Equal(before, run.Metrics());
        }
    }

    private TinyRun Cut(string schedule, bool inEvaluation = false, string name = "run")
    {
        var run = new TinyRun(folder.At(name)) { Log = log.Logger };
        var recipe = Recipe(schedule, ("train.maxSteps", 8), ("checkpoint.everySteps", null));
        if (!inEvaluation)
        {
            run.Train(recipe);
            Assert.Equal((NextAction.Done, 1, 3L, 8L), Position(run));
            return run;
        }
        // The guard stops the run, and saves it as it was before the evaluation.
        recipe = Recipe(
            schedule, ("train.maxSteps", 8), ("checkpoint.everySteps", null),
            ("guard", JsonNode.Parse("""{ "onCollapse": "stop" }""")));
        var chance = new Scripted((_, epoch) => (0.5, epoch == 0 ? 0.5 : 0.55));
        Assert.Throws<TrainerException>(() => run.Train(recipe, chance));
        Assert.Equal((NextAction.Evaluate, 1, 3L, 8L), Position(run));
        return run;
    }

    private static ResolvedRecipe<Recipe> Recipe(string schedule, params (string, JsonNode?)[] changes) =>
        TinyRun.Recipe(
        [("train.batchSize", 20), ("schedule", JsonNode.Parse($$"""{ "type": "{{schedule}}" }""")), .. changes]);

    private static (NextAction, int, long, long) Position(TinyRun run)
    {
        var state = run.Newest().State;
        return (state.Next, state.Epoch, state.StepInEpoch, state.GlobalStep);
    }

    private static List<double?> Losses(TinyRun run) =>
        [.. Metrics(run).OfType<EpochMetrics>().Select(line => line.Train["loss"])];

    private static IEnumerable<MetricLine> Metrics(TinyRun run) =>
        MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl"));

    private static List<string> Lines(TinyRun run) =>
        [.. Metrics(run).Select(line => line switch
        {
            StepMetrics step => FormattableString.Invariant($"step {step.Epoch} {step.Step}"),
            EpochMetrics epoch => FormattableString.Invariant($"epoch {epoch.Epoch} {epoch.Step}"),
            _ => "final",
        })];

    private sealed class FirstStep : TrainingHook
    {
        public int Epoch { get; private set; } = -1;

        public long StepInEpoch { get; private set; }

        public long Step { get; private set; }

        public override void OnStep(TrainingRun run)
        {
            if (Epoch < 0)
                (Epoch, StepInEpoch, Step) = (run.Position.Epoch, run.Position.StepInEpoch, run.Position.Step);
        }
    }
}
