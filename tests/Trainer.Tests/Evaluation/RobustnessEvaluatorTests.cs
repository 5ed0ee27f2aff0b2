using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Evaluation;

public sealed class RobustnessEvaluatorTests
{
    private static readonly RandomKey Key = RandomKey.Of(2);
    private static readonly BatchWorkers Alone = new(CPU, threads: 1);

    [Fact]
    public void A_threshold_classifier_is_robust_exactly_where_the_ball_stays_on_one_side()
    {
        // Class 1 iff x > 0.5: robust under ε = 0.1 iff |x − 0.5| > 0.1.
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        byte[] values = [0, 90, 110, 140, 160, 255];
        using var data = Data(values, [0, 0, 0, 1, 0, 1]);
        var evaluator = new RobustnessEvaluator(
            network.Classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, Key, blockSize: 4, Alone);
        var result = evaluator.Run(data, [0, 1, 2, 3, 4, 5], [new Fgsm(), new Pgd { Steps = 5 }])!;
        Assert.Equal([true, true, true, true, false, true], result.Clean);
        Assert.Equal([true, true, false, false, false, true], result.Robust);
        Assert.Equal("fgsm+pgd-5", result.Attack);
        Assert.Equal((5L, 6L), (result.CleanAccuracy.Correct, result.CleanAccuracy.Examples));
    }

    [Fact]
    public void The_batch_size_changes_no_noise()
    {
        GlobalGenerators.Seed(Key);
        using var network = new ConvSmall().Build(new(1, 8, 8), 2);
        using var classifier = new Classifier(network, 2);
        using var data = new Training.SyntheticImages { Count = 60 }.Load([]).Train;
        var recorder = new Recorder();
        long[] rows = [.. Enumerable.Range(0, 60).Select(row => (long)row)];
        new RobustnessEvaluator(classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, Key, 7, Alone)
            .Run(data, rows, [recorder]);
        var small = recorder.Take();
        new RobustnessEvaluator(classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, Key, 60, Alone)
            .Run(data, rows, [recorder]);
        using var large = recorder.Take();
        using (small)
            TensorAssert.Same(small, large);
    }

    [Fact]
    public void Margins_of_clean_images_are_the_same_bits_in_blocks_of_any_size()
    {
        var (whole, parts, single) = (Examples(60), Examples(7), Examples(1));
        Assert.Equal(whole.Select(example => example.Margin), parts.Select(example => example.Margin));
        Assert.Equal(whole.Select(example => example.Margin), single.Select(example => example.Margin));
    }

    [Fact]
    public void Verdicts_differ_between_blocks_of_different_sizes_in_ties_alone()
    {
        var (whole, parts) = (Examples(60, new Pgd { Steps = 10 }), Examples(7, new Pgd { Steps = 10 }));
        Assert.Equal([false, true], whole.Select(example => example.BrokenBy is null).Distinct().Order());
        Assert.All(whole.Zip(parts), pair => Assert.True(
            (pair.First.BrokenBy is null) == (pair.Second.BrokenBy is null) || pair.First.Tie
            || pair.Second.Tie, $"{pair.First} against {pair.Second}"));
    }

    private static IReadOnlyList<LedgerExample> Examples(int blockSize, params IAttack[] attacks)
    {
        GlobalGenerators.Seed(Key);
        using var network = new ConvSmall().Build(new(1, 8, 8), 2);
        using var classifier = new Classifier(network, 2);
        using var data = new Training.SyntheticImages { Count = 60 }.Load([]).Train;
        var result = new RobustnessEvaluator(
            classifier, new() { Norm = Norm.Linf, Epsilon = 0.02 }, Key, blockSize, Alone)
            .Run(data, [.. Enumerable.Range(0, 60).Select(row => (long)row)], attacks);
        return result!.Examples;
    }

    [Fact]
    public void An_attack_that_leaves_its_bound_is_refused()
    {
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        using var data = Data([0], [0]);
        var evaluator = new RobustnessEvaluator(
            network.Classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, Key, 4, Alone);
        var exception = Assert.Throws<InvalidOperationException>(() => evaluator.Run(data, [0], [new Cheat()]));
        Assert.StartsWith("The attack cheat left its declared bound", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adversarial_image_outside_the_threat_model_counts_as_robust()
    {
        // The boundary is at 0.5: 0.12 and 0.04 away.
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        using var data = Data([97, 117], [0, 0]);
        var evaluator = new RobustnessEvaluator(
            network.Classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, Key, 4, Alone);
        Assert.Equal([true, false], evaluator.Run(data, [0, 1], [new FabTargeted()])!.Robust);
    }

    [Fact]
    public void A_success_that_the_network_does_not_confirm_counts_as_robust()
    {
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        using var data = Data([97, 117], [0, 0]);
        var result = new RobustnessEvaluator(
            network.Classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, Key, 4, Alone)
            .Run(data, [0, 1], [new Boast()])!;
        Assert.Equal([true, true], result.Robust);
        Assert.DoesNotContain(result.Examples, example => example.Tie);
    }

    [Fact]
    public void An_image_within_rounding_of_the_boundary_counts_as_broken()
    {
        // The boundary is a millionth above the first value.
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [128 / 255f + 1e-6f, 0]);
        using var data = Data([128, 120], [0, 0]);
        var result = new RobustnessEvaluator(
            network.Classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, Key, 4, Alone)
            .Run(data, [0, 1], [new Boast()])!;
        Assert.Equal([false, true], result.Robust);
        Assert.Equal([true, false], result.Examples.Select(example => example.Tie));
        Assert.StartsWith("1 of 2 images count as misclassified whose margin is within rounding",
            Assert.Single(result.Findings), StringComparison.Ordinal);
        // The smaller by which the class is right: a millionth, and 8 / 255 besides.
        Assert.InRange(result.Examples[0].Margin, -2e-6f, 0);
        Assert.InRange(result.Examples[1].Margin, -8 / 255f - 2e-6f, -8 / 255f);
    }

    [Fact]
    public void A_network_that_draws_has_the_same_draws_in_every_evaluation_and_on_any_number_of_threads()
    {
        GlobalGenerators.Seed(Key);
        using var network = nn.Sequential(
            ("noise", new Checks.MaskedNetwork(input => input + 0.2 * randn_like(input))),
            ("network", new ConvSmall().Build(new(1, 8, 8), 2)));
        using var classifier = new Classifier(network, 2);
        using var data = new Training.SyntheticImages { Count = 60 }.Load([]).Train;
        using var two = new BatchWorkers(CPU, threads: 2);
        long[] rows = [.. Enumerable.Range(0, 60).Select(row => (long)row)];
        IAttack[] attacks = [new Pgd { Steps = 2 }, new Eot { Attack = new ApgdCe { Steps = 3 }, EotIterations = 4 }];
        EvaluationResult Run(BatchWorkers parts) =>
            new RobustnessEvaluator(classifier, new() { Norm = Norm.Linf, Epsilon = 0.05 }, Key, 25, parts)
            .Run(data, rows, attacks)!;
        var first = Run(Alone);
        using var moved = rand(3);
        Assert.Equal(first.Examples, Run(two).Examples);
        // Each success was confirmed by a pass of its own.
        Assert.All(first.Examples, example =>
            Assert.True(example.BrokenBy is null ? example.Predicted == example.Label
            : example.Predicted != example.Label || example.Tie));
        Assert.InRange(first.Examples.Count(example => example.BrokenBy is null), 1, 59);
    }

    [Fact]
    public void A_network_that_draws_has_no_more_errors_under_attacks_without_a_radius_than_in_one_pass()
    {
        // Wrong with probability 0.1 in each pass: whatever stops at a lucky draw, or tries again, finds nearly all.
        using var network = nn.Sequential(
            ("flips", new Checks.MaskedNetwork(input => where(rand(input.shape[0], 1, 1, 1) < 0.1, 1 - input, input))),
            ("network", new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0])));
        using var classifier = new Classifier(network, 2);
        using var data = Data([.. Enumerable.Repeat((byte)10, 400)], new long[400]);
        long[] rows = [.. Enumerable.Range(0, 400).Select(row => (long)row)];
        var result = new RobustnessEvaluator(classifier, new() { Norm = Norm.Linf, Epsilon = 0 }, Key, 100, Alone)
            .Run(data, rows, [new Pgd { Steps = 20 }])!;
        // The deviation of each count is 6.
        Assert.InRange(result.CleanAccuracy.Correct, 360 - 24, 360 + 24);
        Assert.InRange(result.CleanAccuracy.Correct - result.RobustAccuracy.Correct, 36 - 24, 36 + 24);
        Assert.StartsWith("The network draws random numbers", Assert.Single(result.Findings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void A_gradient_that_is_NaN_leaves_no_accuracy(Norm norm)
    {
        // Finite outputs; the gradient of the root of 0 is infinite, times 0.
        using var network = nn.Sequential(
            ("root", new Checks.MaskedNetwork(input => input + ((input * 0).sqrt() * 0))),
            ("network", new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0])));
        using var classifier = new Classifier(network, 2);
        using var data = Data([0, 90, 110], [0, 0, 0]);
        var evaluator = new RobustnessEvaluator(classifier, new() { Norm = norm, Epsilon = 0.1 }, Key, 4, Alone);
        Assert.Equal(3, evaluator.Run(data, [0, 1, 2], [])!.CleanAccuracy.Correct);
        var error = Assert.Throws<NonFiniteLogitsException>(
            () => evaluator.Run(data, [0, 1, 2], [new Pgd { Steps = 2 }]));
        Assert.Equal((3L, 3L), (error.Count, error.Total));
    }

    [Fact]
    public void An_evaluation_leaves_the_global_generator_as_it_found_it()
    {
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        using var data = Data([0], [0]);
        GlobalGenerators.Seed(Key);
        using var expected = rand(3);
        GlobalGenerators.Seed(Key);
        new RobustnessEvaluator(network.Classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, Key, 4, Alone)
            .Run(data, [0], [new Fgsm()]);
        using var drawn = rand(3);
        TensorAssert.Same(expected, drawn);
    }

    [Fact]
    public void A_stop_gives_no_result()
    {
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        using var data = Data([0], [0]);
        Assert.Null(new RobustnessEvaluator(
            network.Classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, Key, 4, Alone)
            .Run(data, [0], [new Fgsm()], () => true));
    }

    private static ImageData Data(byte[] values, long[] labels) =>
        new(tensor(values).reshape(values.Length, 1, 1, 1), tensor(labels), ["dark", "bright"]);
}
