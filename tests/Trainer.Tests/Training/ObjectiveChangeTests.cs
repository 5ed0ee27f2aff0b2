using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Guards;

namespace Trainer.Tests.Training;

/// <summary>What is said of an objective that does not fit the run: its length, or the state of a checkpoint.</summary>
public sealed class ObjectiveChangeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

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
