using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Training;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Random;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation.Checks;

public sealed class MaskingChecksTests : IDisposable
{
    private const int Classes = 4;
    private const int Examples = 40;
    private static readonly BatchWorkers Alone = new(CPU, threads: 1);
    private static readonly Recipe Recipe = TinyRun.Recipe(("threat.epsilon", 0.2)).Value;
    private readonly ImageData images = Patterns.Images(Examples);
    private readonly TinyNetwork honest = Patterns.Network();

    public void Dispose()
    {
        images.Dispose();
        honest.Dispose();
    }

    [Fact]
    public void An_honest_network_raises_no_flag()
    {
        var results = Run(honest.call).ToList();
        Assert.Equal(
            ["randomness", "probabilities", "autograd-in-forward", "zero-gradient", "zero-gradient-dlr",
            "large-radius", "single-step", "more-steps", "loss", "black-box"],
            results.Select(result => result.Name));
        Assert.All(results, result => Assert.True(result.Verdict == CheckVerdict.Passed, result.ToString()));
    }

    [Fact]
    public void The_thresholds_on_a_thousand_images_are_the_published_ones()
    {
        using var many = Patterns.Images(1000);
        using var classifier = new Classifier(honest, Classes);
        // A radius at which the attacks are soon done.
        var plan = Recipe.EvaluationPlan.WithChecks(1000);
        plan = plan with { Threat = plan.Threat with { Epsilon = 0.9 } };
        Assert.Equal(
            [("randomness", 1e-4), ("probabilities", 0), ("autograd-in-forward", 0),
            ("zero-gradient", 5), ("zero-gradient-dlr", 0),
                ("large-radius", 1), ("single-step", 1), ("more-steps", 0.5), ("loss", 5), ("black-box", 0.3)],
            MaskingChecks.Run(classifier, plan, many, "data", Alone)
            .Select(result => (result.Name, result.Threshold)));
    }

    [Theory]
    [InlineData(50, 0.5, 2)]
    [InlineData(100, 1, 2)]
    [InlineData(1000, 0.5, 5)]
    [InlineData(1000, 1, 10)]
    [InlineData(1000, 5, 50)]
    public void A_difference_at_the_threshold_is_not_flagged(long examples, double points, long images)
    {
        for (var weaker = 0; weaker + images <= examples; weaker++)
        {
            var (one, other) = (new Accuracy(weaker + images, examples), new Accuracy(weaker, examples));
            Assert.Equal(AttackChecks.Threshold(points, examples), AttackChecks.Difference(one, other));
        }
    }

    [Theory]
    [InlineData("zero-gradient")]
    [InlineData("loss")]
    public void Logits_a_hundred_times_as_large_are_flagged_and_the_margin_sees_through_them(string name)
    {
        Func<Tensor, Tensor> masked = input => honest.call(input) * 100;
        var flag = Flagged(masked, name);
        Assert.Equal("""{"type":"pgd","loss":"margin","steps":100,"restarts":5}""", flag.Recommends);
        LowersByTenPoints(masked, flag);
    }

    [Theory]
    [InlineData("zero-gradient")]
    [InlineData("zero-gradient-dlr")]
    [InlineData("large-radius")]
    public void Rounded_inputs_are_flagged_and_square_sees_through_them(string name)
    {
        var flag = Flagged(Rounded, name);
        Assert.Equal("square", flag.Recommends);
        LowersByTenPoints(Rounded, flag);
    }

    [Fact]
    public void What_square_finds_and_nothing_else_does_is_flagged() =>
        Assert.Equal("square", Flagged(Rounded, "black-box").Recommends);

    [Theory]
    [InlineData("single-step")]
    [InlineData("more-steps")]
    public void Ripples_that_hold_small_steps_back_are_flagged(string name)
    {
        // All alike: what differs is where an attack starts. The margin is won at the ball's edge alone, and on the way
        // there are ten peaks, wide enough to hold the small steps of PGD-100 and not the larger ones of PGD-20, let
        // alone FGSM's.
        using var alike = new ImageData(
            full([Examples, 1, 2, 2], (byte)128, ScalarType.Byte), zeros(Examples, ScalarType.Int64),
            images.ClassNames);
        using var network = new MaskedNetwork(Rippled);
        using var classifier = new Classifier(network, Classes);
        var result = MaskingChecks.Run(classifier, Recipe.EvaluationPlan.WithChecks(Examples), alike, "data", Alone)
            .First(result => result.Name == name);
        Assert.True(result.Verdict == CheckVerdict.Flagged, result.ToString());
        Assert.Equal("autoattack", result.Recommends);

        static Tensor Rippled(Tensor input)
        {
            var change = input.flatten(1).select(1, 0) - 128 / 255f;
            var part = change / 0.02;
            part -= part.detach().floor();
            var ripple = where(part < 0.7, part / 0.7, (1 - part) / 0.3);
            var margin = ripple / 2 - 1 + change.detach().gt(0.1999).to(ScalarType.Float32) * 2;
            return stack([zeros_like(margin), margin, margin - 9, margin - 9], 1);
        }
    }

    [Fact]
    public void A_layer_without_a_gradient_is_flagged() =>
        Assert.Equal(
        "square", Flagged(input => honest.call(input.gt(0.5).to(ScalarType.Float32)), "zero-gradient").Recommends);

    [Fact]
    public void A_network_that_is_always_wrong_is_not_judged_by_attacks()
    {
        var results = Run(input => honest.call(input).roll(1, 1)).Skip(3).ToList();
        Assert.Equal(7, results.Count);
        Assert.All(results, result => Assert.Equal((CheckVerdict.NotApplicable, null), (result.Verdict, result.Value)));
    }

    [Fact]
    public void A_stop_leaves_the_checks_out()
    {
        using var classifier = new Classifier(honest, Classes);
        Assert.Empty(MaskingChecks.Run(
            classifier, Recipe.EvaluationPlan.WithChecks(20), images, "data", Alone, new(StopRequested: () => true)));
    }

    [Fact]
    public void Stopped_checks_resume_where_they_were()
    {
        using var folder = new TemporaryFolder();
        using var classifier = new Classifier(honest, Classes);
        var first = Run(int.MaxValue, folder.At("whole"));
        var cost = classifier.Passes;
        var asked = 0;
        Assert.True(MaskingChecks.Run(
            classifier, Recipe.EvaluationPlan.WithChecks(20), images, "data", Alone,
            new(folder.At("parts"), () => ++asked > 7)).Count() < first.Count);
        var before = classifier.Passes;
        var resumed = Run(int.MaxValue, folder.At("parts"));
        var rest = classifier.Passes - before;
        Assert.Equal(first, resumed);
        Assert.InRange(rest.Backward, 1, cost.Backward - 1);
        // Where all of them are known only the checks that need no attack are computed again, and for each attack two
        // passes of eight images.
        before = classifier.Passes;
        Assert.Equal(first, Run(int.MaxValue, folder.At("parts")));
        Assert.InRange((classifier.Passes - before).Forward, 1, (20 * 10) + (7 * 2 * 8));

        List<CheckResult> Run(int most, string ledgers) =>
            [.. MaskingChecks.Run(
            classifier, Recipe.EvaluationPlan.WithChecks(20), images, "data", Alone, new(ledgers, () => most-- == 0))];
    }

    [Fact]
    public void The_file_tells_everything_and_reads_back()
    {
        using var folder = new TemporaryFolder();
        var flag = Flagged(input => nn.functional.softmax(honest.call(input), 1), "probabilities");
        CheckReport.Write(Directory.CreateDirectory(folder.At("run")).FullName, [flag]);
        Assert.Equal(
            """
            [
              {
                "name": "probabilities",
                "value": 1,
                "threshold": 0,
                "verdict": "flagged",
                "explanation": "The outputs are at least 0 and add up to 1: probabilities, not logits (value 1). A softmax at the network's end squeezes the losses that attacks maximise. Take it out of the network, or attack with a loss that does not change with scale.",
                "recommends": "apgd-t"
              }
            ]

            """, File.ReadAllText(folder.At("run/checks.json")));
        var read = Assert.Single(CheckReport.Read(folder.At("run")));
        Assert.Equal(
            (flag.Name, flag.Value, flag.Verdict, flag.Explanation, flag.Recommends),
            (read.Name, read.Value, read.Verdict, read.Explanation, read.Recommends));
        Assert.Empty(CheckReport.Read(folder.At("nothing")));

        var written = File.ReadAllText(folder.At("run/checks.json"));
        File.WriteAllText(
            folder.At("run/checks.json"), written.Replace("\"value\": 1", "\"figure\": 1", StringComparison.Ordinal)
                .Replace("\"explanation\":", "\"says\":", StringComparison.Ordinal));
        Assert.Equal(1, Assert.Single(CheckReport.Read(folder.At("run"))).Value);
    }

    private Tensor Rounded(Tensor input) => honest.call((input * 7).round() / 7);

    private IEnumerable<CheckResult> Run(Func<Tensor, Tensor> forward, int examples = Examples)
    {
        using var network = new MaskedNetwork(forward);
        using var classifier = new Classifier(network, Classes);
        foreach (var result in MaskingChecks.Run(classifier, Recipe.EvaluationPlan.WithChecks(examples), images, "data",
            Alone))
            yield return result;
    }

    private CheckResult Flagged(Func<Tensor, Tensor> forward, string name, int examples = Examples)
    {
        var result = Run(forward, examples).First(result => result.Name == name);
        Assert.True(result.Verdict == CheckVerdict.Flagged, result.ToString());
        return result;
    }

    private void LowersByTenPoints(Func<Tensor, Tensor> forward, CheckResult flag)
    {
        using var network = new MaskedNetwork(forward);
        using var classifier = new Classifier(network, Classes);
        var evaluator = new RobustnessEvaluator(classifier, Recipe.Threat, RandomKey.Of(5), Examples, Alone);
        long[] rows = [.. Enumerable.Range(0, Examples).Select(row => (long)row)];
        var before = evaluator.Run(images, rows, [new Pgd
        {
            Steps = 40,
            Loss = AttackLossKind.CrossEntropy,
        }])!.RobustAccuracy.Value;
        var after = evaluator.Run(images, rows, [flag.Attack!])!.RobustAccuracy.Value;
        Assert.True(after <= before - 0.1,
            $"{flag.Recommends} leaves {after:P1}, PGD-40 on the cross-entropy {before:P1}.");
    }
}
