using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Guards;

namespace Trainer.Tests.Training;

/// <summary>What is said of an objective that does not fit the run: its length, or the state of a checkpoint.</summary>
public sealed class ObjectiveChangeTests : IDisposable
{
    private const string Free = """{ "type": "free", "replays": 2 }""";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("\"nuat\"", "\"elle\"", 16,
        "nuat keeps from step to step (objective.steps Float32 []), expected what elle keeps "
        + "(objective.linearity Float32 [4])")]
    [InlineData("\"standard\"", "\"nuat\"", 16,
        "standard keeps from step to step (nothing), expected what nuat keeps (objective.steps Float32 [])")]
    [InlineData("""{ "type": "abl", "tuningEpochs": 1, "fineTuningEpochs": 0 }""", "\"standard\"", 16,
        "abl keeps from step to step (isolation.rows Byte [96]), expected what standard keeps (nothing)")]
    [InlineData(Free, Free, 8,
        "free keeps from step to step (objective.perturbation Float32 [16, 1, 8, 8]), expected what free keeps "
        + "(objective.perturbation Float32 [8, 1, 8, 8])")]
    public void An_objective_that_keeps_something_else_is_refused_with_both_and_nothing_is_changed(
        string first, string second, int batch, string expected)
    {
        var run = new TinyRun(folder.At("run"));
        Assert.Throws<CrashException>(() => run.Train(Recipe(first), new Crash(5)));
        var metrics = run.Metrics();
        var refusal = Assert.Throws<TrainerException>(
            () => run.Train(Recipe(second, ("train.batchSize", batch)), allowChange: true));
        Assert.Equal(ErrorKind.Checkpoint, refusal.Kind);
        Assert.StartsWith($"objective: found in '{run.Newest().Path}' what {expected}. Undo the change of the recipe, ",
            refusal.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"--set model.weights={run.Newest().Path} --run DIR", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(metrics, run.Metrics());
        // What the message advises.
        Assert.Equal(0, new TinyRun(folder.At("new")).Train(Recipe(
            second, ("model.weights", run.Newest().Path), ("train.maxSteps", 1))).ExitCode);
        Assert.Equal(0, run.Train(Recipe(first)).ExitCode);
    }

    [Fact]
    public void A_network_that_gradient_projection_trains_is_part_of_what_the_objective_keeps()
    {
        static string Ramp(double beta) => FormattableString.Invariant($$"""
            { "type": "ramp", "threats": [{ "norm": "linf", "epsilon": 0.1 }, { "norm": "l2", "epsilon": 1 }], "beta": {{beta}} }
            """);
        var run = new TinyRun(folder.At("run"));
        Assert.Throws<CrashException>(() => run.Train(Recipe(Ramp(0.5)), new Crash(3)));
        var refusal = Assert.Throws<TrainerException>(() => run.Train(Recipe(Ramp(0)), allowChange: true));
        Assert.StartsWith($"objective: found in '{run.Newest().Path}' what ramp keeps from step to step (natural.",
            refusal.Message, StringComparison.Ordinal);
        Assert.Contains(" more), expected what ramp keeps (nothing).", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_ends_before_its_ramps_have_risen_says_where_they_end()
    {
        var log = new LogLines();
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        run.Train(Recipe(
            """{ "type": "awp", "objective": "nuat" }""", ("train.epsilonWarmupEpochs", 4), ("train.maxSteps", 1)));
        Assert.Equal(
            [
                "nuat: λ rises over 90 epochs, and the run has 2: it ends with 0.05 in the place of 4.5. Set "
                    + "rampEpochs to at most 1, or train for 91 epochs.",
                "train.epsilonWarmupEpochs: ε rises over 4 epochs, and the run has 2: it ends with 0.05 in the place "
                    + "of 0.1. Set it to at most 2, or train longer.",
            ], log.Warnings);
        log.Warnings.Clear();
        new TinyRun(folder.At("risen")) { Log = log.Logger }.Train(Recipe(
            """{ "type": "nuat", "rampEpochs": 1 }""", ("train.epsilonWarmupEpochs", 2), ("train.maxSteps", 1)));
        Assert.Empty(log.Warnings);
    }

    private static ResolvedRecipe<Recipe> Recipe(
        string objective, params (string, JsonNode?)[] changes) =>
        TinyRun.Recipe([("objective", JsonNode.Parse(objective)), ("evaluate.final", new JsonArray()), .. changes]);
}
