using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Evaluation;

public sealed class RobustnessEvaluatorTests
{
    private static readonly RandomKey Key = RandomKey.Of(2);
    private static readonly BatchParts Alone = new(CPU, threads: 1);

    [Fact]
    public void A_threshold_classifier_is_robust_exactly_where_the_ball_stays_on_one_side()
    {
        // Class 1 iff x > 0.5: robust under ε = 0.1 iff |x − 0.5| > 0.1.
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        byte[] values = [0, 90, 110, 140, 160, 255];
        using var data = Data(values, [0, 0, 0, 1, 0, 1]);
        var evaluator = new RobustnessEvaluator(network.Classifier, new(Norm.Linf, 0.1), Key, blockSize: 4, Alone);
        var result = evaluator.Run(data, [0, 1, 2, 3, 4, 5], [new Fgsm(), new Pgd(5)])!;
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
        using var data = new Training.SyntheticImages(60).Load([]).Train;
        var recorder = new Recorder();
        long[] rows = [.. Enumerable.Range(0, 60).Select(row => (long)row)];
        new RobustnessEvaluator(classifier, new(Norm.Linf, 0.1), Key, 7, Alone).Run(data, rows, [recorder]);
        var small = recorder.Take();
        new RobustnessEvaluator(classifier, new(Norm.Linf, 0.1), Key, 60, Alone).Run(data, rows, [recorder]);
        using var large = recorder.Take();
        using (small)
            TensorAssert.Same(small, large);
    }

    [Fact]
    public void An_attack_that_breaks_its_bound_is_found_out()
    {
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        using var data = Data([0], [0]);
        var evaluator = new RobustnessEvaluator(network.Classifier, new(Norm.Linf, 0.1), Key, 4, Alone);
        var exception = Assert.Throws<InvalidOperationException>(() => evaluator.Run(data, [0], [new Cheat()]));
        Assert.StartsWith("The attack cheat left its declared bound", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_attack_without_a_bound_finds_outside_the_threat_models_breaks_nothing()
    {
        // The boundary is at 0.5: 0.12 and 0.04 away.
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        using var data = Data([97, 117], [0, 0]);
        var evaluator = new RobustnessEvaluator(network.Classifier, new(Norm.Linf, 0.1), Key, 4, Alone);
        Assert.Equal([true, false], evaluator.Run(data, [0, 1], [new FabTargeted()])!.Robust);
    }

    [Fact]
    public void A_stop_gives_no_result()
    {
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        using var data = Data([0], [0]);
        Assert.Null(new RobustnessEvaluator(network.Classifier, new(Norm.Linf, 0.1), Key, 4, Alone).Run(data, [0], [new Fgsm()], () => true));
    }

    private static ImageData Data(byte[] values, long[] labels) =>
        new(tensor(values).reshape(values.Length, 1, 1, 1), tensor(labels), ["dark", "bright"]);

    private sealed record Cheat : IAttack
    {
        public string Name => "cheat";

        public GoalKind? Goal => null;

        public Tensor Perturb(Classifier classifier, Tensor images, AttackGoal goal, ThreatModel threat, RandomSource random) => images + 2 * threat.Epsilon;
    }

    private sealed record Recorder : IAttack
    {
        private readonly List<Tensor> starts = [];

        public string Name => "recorder";

        public GoalKind? Goal => null;

        public Tensor Perturb(Classifier classifier, Tensor images, AttackGoal goal, ThreatModel threat, RandomSource random)
        {
            using var ball = threat.Around(images);
            var start = ball.RandomStart(random);
            starts.Add(start.clone().DetachFromDisposeScope());
            return start;
        }

        public Tensor Take()
        {
            var all = cat([.. starts], 0);
            starts.ForEach(start => start.Dispose());
            starts.Clear();
            return all;
        }
    }
}
