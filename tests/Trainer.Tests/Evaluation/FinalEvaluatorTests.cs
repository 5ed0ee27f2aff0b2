using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Attacks;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation;

public sealed class FinalEvaluatorTests : IDisposable
{
    private static readonly RandomKey Key = SmallEvaluation.Key;
    private readonly SmallEvaluation small = new();
    private readonly Classifier classifier;

    public FinalEvaluatorTests() => classifier = new(small.Network, 2);

    public void Dispose()
    {
        classifier.Dispose();
        small.Dispose();
    }

    [Fact]
    public void A_random_subset_is_fixed_by_the_seed_and_not_the_first_images()
    {
        var once = Measure("""[{ "attack": { "type": "fgsm" }, "examples": 10, "subset": "random" }]""").Single();
        var again = Measure("""[{ "attack": { "type": "pgd", "steps": 2 }, "examples": 10, "subset": "random" }]""").Single();
        var rows = once.Result.Examples.Select(example => example.Index).ToList();
        Assert.Equal(10, rows.Distinct().Count());
        Assert.Equal(rows.Order(), rows);
        Assert.NotEqual(Enumerable.Range(0, 10).Select(row => (long)row), rows);
        Assert.Equal(rows, again.Result.Examples.Select(example => example.Index));
    }

    [Fact]
    public void Each_measurement_may_have_a_threat_model_of_its_own()
    {
        var measured = Measure("""
            [{ "attack": { "type": "fgsm" }, "examples": 40 },
             { "attack": { "type": "fgsm" }, "examples": 40, "threat": { "norm": "linf", "epsilon": 0 } },
             { "attack": { "type": "fgsm" }, "examples": 40, "threat": { "norm": "l2", "epsilon": "1/2" } }]
            """);
        Assert.Equal(["linf 0.1", "linf 0", "l2 0.5"], measured.Select(one => one.Line.Threat));
        Assert.Equal([new() { Norm = Norm.Linf, Epsilon = 0.1 }, new() { Norm = Norm.Linf, Epsilon = 0 },
            new ThreatModel { Norm = Norm.L2, Epsilon = 0.5 }], measured.Select(one => one.Threat));
        Assert.Equal(measured[1].Line.Test.Clean, measured[1].Line.Test.Robust);
    }

    [Fact]
    public void Without_a_final_evaluation_no_test_image_is_looked_at()
    {
        var told = new List<EvaluationProgress>();
        var plan = TinyRun.Recipe(("evaluate.final", new JsonArray())).Value.EvaluationPlan;
        Assert.Empty(
            new FinalEvaluator(classifier, plan, small.Data, small.Alone, new(Progress: told.Add)).Run("best"));
        Assert.Empty(told);
    }

    [Fact]
    public void Parts_of_an_attack_are_phases_of_their_own_with_the_randomness_that_they_have_within_it()
    {
        var attack = new AutoAttack { Parts = [new ApgdCe { Steps = 3 }, new Square { Queries = 40 }] };
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.01 };
        long[] rows = [.. Enumerable.Range(0, 40).Select(row => (long)row)];
        var result = new RobustnessEvaluator(classifier, threat, Key, 40, small.Alone)
            .Run(small.Data.Test, rows, [attack])!;
        var (images, labels) = small.Data.Test.Batch(tensor(rows));
        var found = attack.Run(
            classifier, images, new MarginLoss(labels), threat, RandomSource.ForExamples(Key.With("autoattack"), rows));
        Assert.Equal(
            found.Success!.Select(what => (what?.Attack, what?.Iteration ?? 0)),
            result.Examples.Select(example => (example.BrokenBy, example.Iteration)));
        Assert.Equal(["clean", "apgd-ce", "square"], result.Stages.Select(stage => stage.Attack));
        Assert.Equal(result.Stages[1].Robust, result.Stages[2].Attacked);
        Assert.True(result.Stages[2].Forward > 0, "Square costs forward passes of its own.");
        Assert.Equal("autoattack", result.Attack);
    }

    [Fact]
    public void Blocks_of_seven_and_of_all_come_to_the_same_verdicts()
    {
        long[] rows = [.. Enumerable.Range(0, 60).Select(row => (long)row)];
        var attack = new AutoAttack
        {
            Parts = [new ApgdCe { Steps = 5 }, new FabTargeted { Steps = 5 },
            new Square { Queries = 40 }]
        };
        IReadOnlyList<string?> Verdicts(int blockSize) =>
            [.. new RobustnessEvaluator(
                classifier, new() { Norm = Norm.Linf, Epsilon = 0.01 }, Key, blockSize, small.Alone)
            .Run(small.Data.Train, rows, [attack])!.Examples.Select(example => example.BrokenBy)];
        var (inBlocks, atOnce) = (Verdicts(7), Verdicts(60));
        Assert.Equal(inBlocks, atOnce);
        Assert.Contains(null, inBlocks);
        Assert.Contains("apgd-ce", inBlocks);
    }

    [Fact]
    public void Progress_tells_what_is_done_and_what_is_left()
    {
        var told = new List<(string, int, int)>();
        var evaluator = new RobustnessEvaluator(
            classifier, new() { Norm = Norm.Linf, Epsilon = 0 }, Key, 25, small.Alone)
        {
            Progress = progress => told.Add((progress.Attack, progress.Done, progress.Total)),
        };
        long[] rows = [.. Enumerable.Range(0, 60).Select(row => (long)row)];
        var right = evaluator.Run(small.Data.Train, rows, [new Fgsm()])!.CleanAccuracy.Correct;
        Assert.Equal([("clean", 0, 60), ("clean", 25, 60), ("clean", 50, 60), ("clean", 60, 60),
            ("fgsm", 0, (int)right)], told.Take(5));
        Assert.Equal(("fgsm", (int)right, (int)right), told[^1]);
        Assert.Equal(TimeSpan.FromSeconds(6), new EvaluationProgress("fgsm", 10, 40, TimeSpan.FromSeconds(2)).Left);
        // What a ledger knew took no time, and says nothing of how long the rest takes.
        Assert.Equal(TimeSpan.FromSeconds(20), new EvaluationProgress(
            "fgsm", 30, 40, TimeSpan.FromSeconds(10), Known: 25).Left);
        Assert.Null(new EvaluationProgress("fgsm", 25, 40, TimeSpan.Zero, Known: 25).Left);
    }

    [Fact]
    public void Images_that_are_robust_in_each_norm_are_counted_among_those_that_all_looked_at()
    {
        var measured = Measure("""
            [{ "attack": "fgsm", "examples": 40, "threat": { "norm": "linf", "epsilon": 0.02 } },
             { "attack": "bim", "examples": 30, "threat": { "norm": "l2", "epsilon": 0.2 } }]
            """);
        var union = FinalResult.Union(measured)!;
        var robust = measured[0].Result.Robust.Zip(measured[1].Result.Robust, (one, other) => one && other).ToList();
        Assert.Equal(("best", "linf 0.02 and l2 0.2", "fgsm+bim-10", 30), (
            union.Checkpoint, union.Threat, union.Test.Attack, union.Test.Examples));
        Assert.Equal(robust.Count(both => both) / 30.0, union.Test.Robust);
        Assert.Equal(measured[1].Line.Test.Clean, union.Test.Clean);
        var wider = measured[0] with { Threat = new() { Norm = Norm.Linf, Epsilon = 1 } };
        Assert.Null(FinalResult.Union([measured[0], wider]));
    }

    private List<FinalResult> Measure(string finals)
    {
        var plan = TinyRun.Recipe(("evaluate.final", JsonNode.Parse(finals))).Value.EvaluationPlan;
        return [.. new FinalEvaluator(classifier, plan, small.Data, small.Alone).Run("best")];
    }
}
