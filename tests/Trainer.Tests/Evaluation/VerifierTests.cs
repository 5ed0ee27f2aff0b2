using System.Text.Json.Nodes;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Evaluation.Verification;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Models;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation;

/// <param name="trained">A network that was trained to be verified.</param>
public sealed class VerifierTests(VerifierTests.TrainedRun trained) : IClassFixture<VerifierTests.TrainedRun>
{
    /// <summary>Of every registered architecture.</summary>
    public static TheoryData<string> Networks => ModelTests.Names;

    [Theory]
    [InlineData(Norm.Linf, 0.03)]
    [InlineData(Norm.L2, 0.15)]
    [InlineData(Norm.L1, 0.4)]
    public void No_bound_is_above_the_margin_that_any_attack_reached(Norm norm, double epsilon)
    {
        using var scope = NewDisposeScope();
        var run = trained.Run;
        var classifier = run.Model.Network;
        using var noGrad = no_grad();
        using var evaluation = classifier.InEvaluationMode();
        var (images, labels) = run.Data.Test.Batch(arange(Math.Min(40, run.Data.Test.Count), ScalarType.Int64));
        var threat = new ThreatModel { Norm = norm, Epsilon = epsilon };
        var least = Least(images);
        foreach (var attack in (IAttack[])[new Pgd { Steps = 20 }, new Apgd { Steps = 20 }, new Fgsm()])
        {
            var batch = new AttackBatch(classifier, images, new MarginLoss(labels), threat,
                RandomSource.ForBatch(RandomKey.Of(2)));
            least = minimum(least, Least(attack.Run(batch).Images));
        }
        var verified = new List<long>();
        foreach (var method in Enum.GetValues<BoundMethod>())
        {
            var bounds = MarginBounds.Lower(classifier, images, labels, threat, method)
                .masked_fill(nn.functional.one_hot(labels, classifier.Classes).to(ScalarType.Bool), 1e9f).amin([1]);
            Assert.InRange((bounds - least).max().item<float>(), float.NegativeInfinity, 0);
            verified.Add(bounds.gt(0).sum().item<long>());
        }
        Assert.Equal(verified.Order(), verified);
        // Some are verified, so that the test compares bounds that prove something.
        Assert.InRange(verified[2], 1, images.shape[0]);

        Tensor Least(Tensor attacked) => -new MarginLoss(labels).PerExample(classifier.Logits(attacked));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_network_has_bounds_or_is_refused_by_name(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var stated = Fixture.Read("models.json").GetProperty(name);
        using var network = ModelTests.Build(stated);
        ModelTests.Fill(network);
        network.train();
        using var classifier = ModelTests.Classifier(stated, network);
        if (Refused(name) is { } layer)
        {
            Assert.StartsWith(
                $"Found {layer}, of which no bounds can be computed; expected ",
                Assert.Throws<TrainerException>(() => Verifier.Check(classifier)).Message, StringComparison.Ordinal);
            return;
        }
        Verifier.Check(classifier);
        Assert.True(network.training);
        var (images, labels) = (ModelTests.Images(stated), tensor([1L, 5, 7]));
        var lower = new Verifier(classifier, new() { Norm = Norm.Linf, Epsilon = 1e-6 }, BoundMethod.Ibp)
            .Lower(images, labels);
        using var evaluation = classifier.InEvaluationMode();
        Assert.All(
            (lower + new MarginLoss(labels).PerExample(classifier.Logits(images))).data<float>().ToArray(),
            slack => Assert.InRange(slack, float.MinValue, 0));

        static string? Refused(string name) => name switch
        {
            "wide-resnet of width 1 with sub_block1" => "the activation swish",
            "deepmind-wide-resnet" => "the activation silu",
            _ when name.StartsWith("xcit", StringComparison.Ordinal) => "the activation gelu",
            _ when name.StartsWith("convnext", StringComparison.Ordinal)
                || name.StartsWith("vit", StringComparison.Ordinal) =>
                "layer norm or linear layers over the channels of each pixel",
            _ => null,
        };
    }

    [Fact]
    public void A_result_counts_verified_attacked_and_open_images_and_contradictions()
    {
        LedgerExample[] examples = [new(0, 1, 1, Margin: -0.5f), new(1, 1, 1, Margin: 0.5f), new(2, 1, 0, "clean"),
            new(3, 1, 1, Margin: 1), new(4, 1, 1)];
        var result = new VerificationResult(new() { Norm = Norm.L2, Epsilon = 1 }, "ibp", examples)
        {
            Attacked = new HashSet<long> { 1, 2, 3, 9 },
            Broken = new HashSet<long> { 3 },
        };
        Assert.Equal((4, 1, 2), (result.Clean.Correct, result.Verified.Correct, result.Open.Correct));
        // Of the second, third and fourth: the third is wrong as it is, an attack broke the fourth.
        Assert.Equal(new(1, 3), result.UnderAttack);
        Assert.Equal(2, result.BrokenShare.Correct);
        Assert.Empty(result.Contradictions);
        Assert.Null((result with { Attacked = new HashSet<long> { 9 } }).UnderAttack);
        Assert.Equal([0L], (result with { Broken = new HashSet<long> { 0, 1 } }).Contradictions);
    }

    [Fact]
    public void A_stopped_verification_resumes_to_the_same_ledger()
    {
        using var folder = new TemporaryFolder();
        using var made = new SyntheticImages { Count = 150 }.Load([]);
        // Two blocks of test images.
        var data = new DataSplits(made.Train, made.Validation, made.Train, "two blocks");
        using var network = new ConvSmall().Build(new(1, 8, 8), 2);
        using var classifier = new Classifier(network, 2);
        VerificationResult? Verify(string place, Func<bool>? stop = null) => new FinalVerification(
            classifier, TinyRun.Recipe().Value.EvaluationPlan, data, BoundMethod.Ibp).Run(
            150, new(folder.At(place), stop));

        var (whole, asked) = (Verify("whole")!, 0);
        Assert.Null(Verify("parts", () => ++asked == 2));
        Assert.Equal(whole.Examples, Verify("parts")!.Examples);
        string Ledger(string place) => File.ReadAllText(Assert.Single(
            Directory.GetFiles(folder.At(place), "ledger.jsonl", SearchOption.AllDirectories)));
        Assert.Equal(Ledger("whole"), Ledger("parts"));
    }

    /// <summary>Forty steps on interval bounds.</summary>
    public sealed class TrainedRun : IDisposable
    {
        public TrainedRun()
        {
            var recipe = TinyRun.Recipe(
                ("objective", JsonNode.Parse("""{ "type": "ibp", "kappa": 0.5 }""")), ("threat.epsilon", 0.02),
                ("model", JsonNode.Parse("""{ "type": "cnn4", "width": 1, "hidden": 16 }""")),
                ("optimizer.learningRate", 0.1)).Value;
            Run = new(recipe, recipe.Data.Load([]), CPU);
            for (var step = 0; step < 40; step++)
            {
                using var scope = NewDisposeScope();
                using var batches = Run.Batches(attempt: 0, epoch: 0);
                new TrainingStep(Run).Run(batches, 0.1);
            }
        }

        internal TrainingRun Run { get; }

        public void Dispose() => Run.Dispose();
    }
}
