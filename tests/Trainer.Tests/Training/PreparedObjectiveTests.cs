using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;
using Trainer.Robustness.Objectives;
using Trainer.Tests.Native;

namespace Trainer.Tests.Training;

/// <summary>What an objective asks of network and library before the first step of a run.</summary>
public sealed class PreparedObjectiveTests
{
    [Theory]
    [InlineData("""{ "type": "ibp" }""")]
    [InlineData("""{ "type": "crown-ibp" }""")]
    [InlineData("""{ "type": "mtl-ibp", "alpha": 0.1, "attack": { "type": "pgd", "steps": 2 } }""")]
    [InlineData("""{ "type": "sabr", "lambda": 0.1, "attack": { "type": "pgd", "steps": 2 } }""")]
    public void A_network_without_bounds_is_refused_before_the_run_folder_is_made(string objective)
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        var recipe = TinyRun.Recipe(
            ("objective", JsonNode.Parse(objective)),
            ("model", JsonNode.Parse("""{ "type": "vit", "patchSize": 4, "dim": 64, "depth": 1 }""")));
        var refusal = Assert.Throws<TrainerException>(() => run.Train(recipe));
        Assert.Equal(ErrorKind.Recipe, refusal.Kind);
        Assert.Contains("of which no bounds can be computed", refusal.Message);
        Assert.False(Directory.Exists(run.Folder));
    }

    [Fact]
    public void An_objective_that_wraps_another_prepares_it()
    {
        using var network = new VisionTransformer { PatchSize = 4, Dim = 64, Depth = 1 }.Build(new(1, 8, 8), 2);
        using var classifier = new Classifier(network, 2);
        Assert.Throws<NotSupportedException>(() => new Awp { Objective = new Ibp() }.Prepare(classifier));
    }

    /// <summary>Otherwise steps before and after would differ in bits, and those of a resumed run, too.</summary>
    [Theory]
    [InlineData("""{ "type": "gradalign" }""", true, true)]
    [InlineData("""{ "type": "gradalign" }""", false, false)]
    [InlineData("""{ "type": "awp", "objective": { "type": "gradalign" } }""", true, true)]
    [InlineData("""{ "type": "standard" }""", true, false)]
    public void Where_oneDNN_is_wrong_for_second_derivatives_it_is_off_before_the_first_step(
        string objective, bool isWrong, bool isOff)
    {
        using var oneDnn = new SupposedOneDnn(isWrong);
        var recipe = TinyRun.Recipe(("objective", JsonNode.Parse(objective))).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        Assert.Equal(isOff, OneDnn.IsDisabled);
    }

    /// <summary>LeNet pads its channels for oneDNN; its bounds do not.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_oneDNN_is_wrong_for_bounds_it_is_off_before_the_first_step(bool isWrong)
    {
        using var oneDnn = new SupposedOneDnn(isWrong);
        using var network = new LeNet().Build(new(1, 28, 28), 10);
        using var classifier = new Classifier(network, 10);
        IObjective objective = new Sabr { Lambda = 0.1, Attack = new Pgd { Steps = 2 } };
        Assert.False(OneDnn.IsDisabled);
        objective.Prepare(classifier);
        Assert.Equal(isWrong, OneDnn.IsDisabled);
    }
}
