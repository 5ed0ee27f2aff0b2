using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Engine.Training.Collapse;
using Trainer.Tests.Training;
using static Trainer.Tests.Guards.CollapseTests;

namespace Trainer.Tests.Guards;

/// <summary>The guard against catastrophic overfitting.</summary>
public sealed class OverfittingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Robust_accuracy_that_falls_while_training_looks_better_stops_the_run_before_the_epochs_save()
    {
        var run = new TinyRun(folder.At("run"));
        var message = Stops(
            run, new Scripted((_, epoch) => (0.9, epoch == 1 ? 0.3 : 0.7)), ("train.epochs", 3),
            ("checkpoint.everySteps", null));
        Assert.StartsWith(
            "Training has collapsed. Robust accuracy under scripted (linf 0.1) on held-out images fell from 70.0 % to "
            + "30.0 % (300 of 1,000 images), while accuracy on training's adversarial images rose from ", message,
            StringComparison.Ordinal);
        Assert.Equal(6, run.Newest().State.GlobalStep);
    }

    [Fact]
    public void Robust_accuracy_may_fall_where_training_has_no_adversary()
    {
        var outcome = new TinyRun(folder.At("run")).Train(
            TinyRun.Recipe(("guard", Guard("stop")), ("objective", JsonNode.Parse("""{ "type": "standard" }"""))), new Scripted((_, epoch) => (0.9, epoch == 1 ? 0.1 : 0.7)));
        Assert.Equal(0, outcome.ExitCode);
    }

    [Theory]
    [InlineData(0.7, 0.3, 0.6, true)]
    [InlineData(0.7, 0.36, 0.6, false)] // still above half
    [InlineData(0.16, 0.07, 0.6, false)] // nine points
    [InlineData(0.7, 0.3, 0.5, false)] // training's own accuracy did not rise
    public void Catastrophic_overfitting_is_a_fall_below_half_and_by_ten_points_while_training_looks_better(
        double best, double robust, double adversarial, bool collapse)
    {
        var recipe = TinyRun.Recipe().Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        var guard = new CollapseGuard(new(), run.Data.Train);
        Assert.Null(guard.AfterEpoch(run.Progress, Trained(0.5), new(1000, 0.9, best, "scripted")));
        Assert.Equal(
            collapse ? CollapseKind.CatastrophicOverfitting
            : null, guard.AfterEpoch(run.Progress, Trained(adversarial), new(1000, 0.9, robust, "scripted"))?.Kind);
    }

    [Theory]
    [InlineData(0.4, false)]
    [InlineData(0.05, true)]
    public void A_network_that_is_robust_in_one_of_several_norms_has_not_overfitted(double easiest, bool collapse)
    {
        var recipe = TinyRun.Recipe().Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        run.Position.Epoch = 1;
        var seen = new CollapseGuard(new(), run.Data.Train).AfterEpoch(
            run.Progress, Trained(0.6), new(1000, 0.8, 0.04, "scripted")
            {
                ByThreat = new Dictionary<string, double> { ["linf 0.1"] = easiest, ["l1 8"] = 0.04 },
            });
        Assert.Equal(collapse ? CollapseKind.CatastrophicOverfitting : null, seen?.Kind);
    }

    [Theory]
    [InlineData(0.8, 0.6, 0.05, 0, true)]
    [InlineData(0.8, 0.6, 0.06, 0, false)] // a tenth
    [InlineData(0.8, 0.42, 0.03, 0, false)] // 39 points
    [InlineData(0.44, 0.6, 0.05, 0, false)] // training images are simply known better
    [InlineData(0.8, 0.6, 0.05, 0.9, false)] // ε warms up
    public void Catastrophic_overfitting_is_seen_though_no_epoch_before_was_robust(
        double clean, double adversarial, double robust, double warmup, bool collapse)
    {
        var recipe = TinyRun.Recipe(("train.epsilonWarmupEpochs", warmup)).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        run.Position.Epoch = 1;
        var seen = new CollapseGuard(new(), run.Data.Train)
            .AfterEpoch(run.Progress, Trained(adversarial), new(1000, clean, robust, "scripted"));
        Assert.Equal(collapse ? CollapseKind.CatastrophicOverfitting : null, seen?.Kind);
        if (collapse)
            Assert.Equal(
                "Robust accuracy under scripted (linf 0.1) on held-out images is 5.0 % (50 of 1,000 images), "
                + "where training's own adversarial images are classified correctly to 60.0 %: "
                + "catastrophic overfitting to training's attack, or an attack that is far too weak. "
                + "The guard's threshold is 59 of 1,000 images correct, at or below which an exact binomial test at "
                + "level 0.1 % rejects an accuracy of 15.0 % (a quarter of the accuracy on training's adversarial "
                + "images).", seen!.Saw);
    }

    [Fact]
    public void Where_clean_statistics_are_evaluated_training_s_adversary_is_no_measure()
    {
        var recipe = TinyRun.Recipe(("model", JsonNode.Parse("""{ "type": "conv-small-bn" }""")), ("batchNorm", JsonNode.Parse("""{ "sets": 2, "evaluate": "clean" }"""))).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        run.Position.Epoch = 1;
        Assert.Null(new CollapseGuard(new(), run.Data.Train)
            .AfterEpoch(run.Progress, Trained(0.9), new(1000, 0.9, 0.01, "scripted")));
    }

    [Fact]
    public void Catastrophic_overfitting_is_not_answered_by_going_back_to_what_nobody_measured()
    {
        var run = new TinyRun(folder.At("run"));
        var message = Stops(
            run, new Scripted((_, _) => (0.9, 0.01)), ("guard", Guard("rollback")), ("optimizer.learningRate", 0.5),
            ("train.epochs", 6), ("evaluate.everyEpochs", 6));
        Assert.Contains(
            "No earlier checkpoint has been evaluated, so none is known to be better: "
            + "evaluate more often (evaluate.everyEpochs).", message, StringComparison.Ordinal);
    }
}
