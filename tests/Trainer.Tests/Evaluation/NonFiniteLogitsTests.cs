using System.Text.Json.Nodes;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Reports;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Evaluation.Checks;
using Trainer.Tests.Guards;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation;

/// <summary>A network whose logits are NaN or infinite has no accuracy.</summary>
public sealed class NonFiniteLogitsTests : IDisposable
{
    private const string Ending = ", so it has no accuracy. Look at the weights, "
        + "and at layers that divide or take a root or a logarithm.";
    private static readonly BatchWorkers Alone = new(CPU, threads: 1);
    private readonly TemporaryFolder folder = new();
    private readonly TinyNetwork network = new(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);

    public void Dispose()
    {
        network.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void An_evaluation_counts_the_images_at_which_logits_are_not_finite(float logit)
    {
        using var masked = new MaskedNetwork(input => network.call(input).masked_fill(input.flatten(1) > 0.9, logit));
        var error = Assert.Throws<NonFiniteLogitsException>(
            () => Evaluate(masked, [255, 0, 10, 254, 20], [new Fgsm()]));
        Assert.Equal(ErrorKind.Checkpoint, error.Kind);
        Assert.Equal("The network's logits are NaN or infinite at 2 of 5 images" + Ending, error.Message);
    }

    [Fact]
    public void Logits_that_are_NaN_at_what_an_attack_finds_are_no_success_of_the_attack()
    {
        using var masked = new MaskedNetwork(input => network.call(where(
            input > 0.45, full_like(input, float.NaN), input)));
        var error = Assert.Throws<NonFiniteLogitsException>(() => Evaluate(masked, [100, 0], [new Fgsm()]));
        Assert.Equal(
            "The network's logits or their gradient are NaN or infinite at 1 of 2 images under fgsm" + Ending,
            error.Message);
    }

    [Fact]
    public void Images_that_a_gradient_of_NaN_has_spoilt_are_counted()
    {
        // The root's derivative is infinite at 0, times 0: APGD's momentum takes it over.
        using var masked = new MaskedNetwork(input => network.call(input + (input * 0).sqrt()));
        var error = Assert.Throws<NonFiniteLogitsException>(
            () => Evaluate(masked, [100, 0], [new Pgd { Steps = 2 }], Norm.L2));
        Assert.Equal(
            "The network's logits or their gradient are NaN or infinite at 2 of 2 images under pgd-2" + Ending,
            error.Message);
    }

    [Fact]
    public void What_is_not_finite_is_not_kept_in_a_ledger()
    {
        using var masked = new MaskedNetwork(input => network.call(input) * float.NaN);
        for (var time = 0; time < 2; time++)
        {
            using var data = Data([0, 255]);
            var identity = LedgerIdentity.Of(
                LedgerTests.Plan(new ConvSmall(), new() { Norm = Norm.Linf, Epsilon = 0.1 }, 4), ("weights", "data"),
                [new Fgsm()], [0, 1], RandomKey.Of(1), CPU);
            using var ledger = Ledger.Open(folder.Path, identity);
            using var classifier = new Classifier(masked, 2);
            var error = Assert.Throws<NonFiniteLogitsException>(() =>
                new RobustnessEvaluator(
                classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomKey.Of(1), 4, Alone)
                .Run(data, [0, 1], [new Fgsm()], ledger: ledger));
            // In the second evaluation, too, the images themselves are not finite, and not what the attack finds.
            Assert.Equal("The network's logits are NaN or infinite at 2 of 2 images" + Ending, error.Message);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Checks_say_it_before_they_call_the_network_random(float logit)
    {
        using var images = Patterns.Images(20);
        using var honest = Patterns.Network();
        using var masked = new MaskedNetwork(input => honest.call(input).index_fill(1, tensor([2L]), logit));
        using var classifier = new Classifier(masked, 4);
        var error = Assert.Throws<NonFiniteLogitsException>(
            () => MaskingChecks.Run(
            classifier, TinyRun.Recipe().Value.EvaluationPlan.WithChecks(20), images, "data", Alone).First());
        Assert.Equal("The network's logits are NaN or infinite at 20 of 20 images" + Ending, error.Message);
    }

    [Fact]
    public void Checks_count_a_gradient_of_NaN_as_none()
    {
        using var images = Patterns.Images(20);
        using var honest = Patterns.Network();
        using var masked = new MaskedNetwork(input => honest.call(input + (input * 0).sqrt()));
        using var classifier = new Classifier(masked, 4);
        var check = MaskingChecks.Run(
            classifier, TinyRun.Recipe().Value.EvaluationPlan.WithChecks(20), images, "data", Alone)
            .First(result => result.Name == "zero-gradient");
        Assert.Equal((100, CheckVerdict.Flagged, "square"), (check.Value, check.Verdict, check.Recommends));
    }

    [Fact]
    public void The_guard_stops_a_run_whose_weights_are_finite_and_logits_are_not()
    {
        var error = Assert.Throws<TrainerException>(
            () => new TinyRun(folder.At("run")).Train(Settings("stop"), new Overflowing(step: 6)));
        Assert.Equal(ErrorKind.Other, error.Kind);
        Assert.StartsWith(
            "Training has collapsed. After step 6, the logits of 20 of 20 held-out images are not finite numbers. "
            + "Lower optimizer.learningRate,",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_guard_rolls_such_a_run_back_where_the_recipe_asks_for_it()
    {
        var log = new LogLines();
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        Assert.Equal(0, run.Train(Settings("rollback"), new Overflowing(step: 6)).ExitCode);
        Assert.StartsWith(
            "After step 6, the logits of 20 of 20 held-out images are not finite numbers. Rolled back to step 0 (",
            Assert.Single(log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_final_evaluation_and_the_report_of_such_weights_end_with_the_number_of_images()
    {
        var run = new TinyRun(folder.At("run"));
        var final = Assert.Throws<NonFiniteLogitsException>(
            () => run.Train(Settings("ignore"), new Overflowing(epoch: 4)));
        Assert.Equal((40, 40), (final.Count, final.Total));
        // Those of the epochs before are sound.
        foreach (var checkpoint in Directory.GetDirectories(run.Folder, "0*").Order(StringComparer.Ordinal).SkipLast(1))
            Directory.Delete(checkpoint, recursive: true);
        File.Delete(Path.Combine(run.Folder, "best"));
        var report = Assert.Throws<NonFiniteLogitsException>(
            () => RunReport.Write(run.Folder, new(TinyRun.Registry, 30, []), _ => { }, _ => { }));
        Assert.Equal((30, 30), (report.Count, report.Total));
    }

    private static ResolvedRecipe<Recipe> Settings(string action) => TinyRun.Recipe(
        ("guard", new JsonObject { ["onCollapse"] = action }), ("checkpoint.everySteps", null), ("train.epochs", 4));

    private static ImageData Data(byte[] values) =>
        new(tensor(values).reshape(values.Length, 1, 1, 1), zeros(values.Length, ScalarType.Int64), ["dark", "bright"]);

    private static EvaluationResult? Evaluate(
        Module module, byte[] values, IReadOnlyList<IAttack> attacks, Norm norm = Norm.Linf)
    {
        using var data = Data(values);
        using var classifier = new Classifier(module, 2);
        long[] rows = [.. Enumerable.Range(0, values.Length).Select(row => (long)row)];
        return new RobustnessEvaluator(classifier, new() { Norm = norm, Epsilon = 0.1 }, RandomKey.Of(1), 2, Alone)
            .Run(data, rows, attacks);
    }

    /// <summary>
    /// Makes all weights so large that sums of them overflow: once after a step, or after an epoch's evaluation.
    /// </summary>
    private sealed class Overflowing(long? step = null, int? epoch = null) : TrainingHook
    {
        private bool done;

        public override void OnStep(TrainingRun run) => Spoil(run, run.Position.Step == step);

        public override void OnEpochEnd(TrainingRun run, EpochMetrics metrics) =>
            Spoil(run, run.Position.Epoch == epoch);

        private void Spoil(TrainingRun run, bool now)
        {
            if (done || !now)
                return;
            done = true;
            using var noGrad = no_grad();
            run.Model.Parameters.Values.fill_(1e38f);
        }
    }
}
