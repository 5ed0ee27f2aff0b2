using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Certification;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Smoothing;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Evaluation;

/// <summary>
/// Attacks on the smoothed network of a linear one, whose boundary is 0.02 from each image. That of a single draw is
/// elsewhere: one of the images is misclassified by it to begin with.
/// </summary>
public sealed class SmoothedAttackTests : IDisposable
{
    private static readonly RandomKey Key = RandomKey.Of(8);
    private static readonly SmoothingOptions Options = new() { Sigma = 0.25 };
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();
    private readonly TinyNetwork network = new(new float[,] { { 10, 0 }, { -10, 0 } }, [-5, 5]);
    private readonly Classifier classifier;
    private readonly ImageData data = new(
        tensor(new byte[] { 133, 128, 122, 128 }).reshape(2, 1, 1, 2), tensor([0L, 1L]), ["a", "b"]);

    public SmoothedAttackTests() => classifier = network.Classifier;

    public static TheoryData<IAttack> WithAllSteps =>
    [
        new Apgd { Steps = 10, Loss = AttackLossKind.CrossEntropy }, new ApgdCe { Steps = 10, Restarts = 2 },
        new ApgdDlr { Steps = 10 }, new ApgdTargeted { Steps = 10 }, new ApgdTrain(), new Malt { Steps = 10 },
        new MultiTargeted { Steps = 10 }, new Pma { Steps = 10 }, new Pgd { Steps = 10 }, new PgdAdam(), new Bim(),
        new Mim(),
    ];

    public void Dispose()
    {
        classifier.Dispose();
        network.Dispose();
        data.Dispose();
        scope.Dispose();
    }

    [Theory]
    [MemberData(nameof(WithAllSteps))]
    public void An_attack_takes_all_of_its_steps_whatever_few_draws_predict(IAttack attack)
    {
        var (images, labels) = data.Batch(tensor([0L, 1]));
        using var target = new SmoothedClassifier(classifier, Options).MeanPrediction(
            [1, 1, 2], Key.With(attack.Name), 1);
        Assert.Equal([false, true], target.Predict(images).eq(labels).data<bool>().ToArray().Order());
        Assert.Equal([1L, 0], Attack(attack, 0.15).Select(example => example.Predicted));
    }

    [Fact]
    public void Each_part_of_a_sequence_attacks_the_images_whose_prediction_is_unchanged()
    {
        var rows = new List<long>();
        IAttack[] parts = [new Counted(new Bim { Steps = 1, StepSize = 0.005 }, rows),
            new Counted(new Bim { Steps = 3 }, rows), new Counted(new Bim(), rows)];
        Assert.Equal([1L, 0], Attack(new AutoAttack { Parts = parts }, 0.15).Select(example => example.Predicted));
        Assert.Equal([2L, 2], rows);
    }

    [Fact]
    public void An_image_outside_of_the_ball_is_no_success()
    {
        using var found = new FabTargeted().Run(AttackBatch.Unchecked(
            classifier, data.Batch(tensor([0L, 1])).Images, new MarginLoss(tensor([0L, 1])), Threat(0.01),
            RandomSource.ForBatch(Key))).Images;
        Assert.Equal([1L, 0], classifier.Predict(found).data<long>().ToArray());
        Assert.Equal([0L, 1], Attack(new FabTargeted(), 0.01).Select(example => example.Predicted));
    }

    private static ThreatModel Threat(double epsilon) => new() { Norm = Norm.L2, Epsilon = epsilon };

    private IReadOnlyList<LedgerExample> Attack(IAttack attack, double epsilon)
    {
        using var workers = new BatchWorkers(CPU, threads: 1);
        return new Certifier(classifier, Options, Key, workers).Attack(
            new(attack, Threat(epsilon)) { Draws = 1 }, data, [0, 1], new())!;
    }

    /// <summary>An attack that writes down how many images it is given.</summary>
    private sealed record Counted(IAttack Attack, List<long> Rows) : IAttack
    {
        public string Name => Attack.Name;

        public AttackLossKind? Loss => Attack.Loss;

        public AttackResult Run(AttackBatch batch)
        {
            Rows.Add(batch.Images.shape[0]);
            return Attack.Run(batch);
        }
    }
}
