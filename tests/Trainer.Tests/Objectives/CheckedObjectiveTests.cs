using Trainer.Robustness.Attacks;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using NFgsm = Trainer.Robustness.Objectives.NFgsm;

namespace Trainer.Tests.Objectives;

/// <summary>What every objective says to a batch built by hand that does not fit.</summary>
public sealed class CheckedObjectiveTests
{
    private const int Classes = 2;

    private static readonly TrainingThreat[] Threats =
        [new() { Norm = Norm.Linf, Epsilon = 0.1 }, new() { Norm = Norm.L2, Epsilon = 0.1 }];

    private static readonly IObjective[] All =
    [
        new Standard(), new PgdAt { Attack = new Pgd { Steps = 1 } },
            new Trades { Beta = 6, Attack = new Pgd { Steps = 1 } },
            new Mart { Lambda = 5, Attack = new Pgd { Steps = 1 } }, new FgsmRs(), new NFgsm(),
        new MaxThreat { Threats = Threats }, new Ramp { Threats = Threats }, new Free(),
        new Awp { Objective = new PgdAt { Attack = new Pgd { Steps = 1 } }, Gamma = 0 },
    ];

    private static readonly Dictionary<string, (Func<TrainingBatch, TrainingBatch> Change, string Message)> Wrong =
        new()
        {
            ["bytes as floats"] = (Values(0, 255), "Found images with values from 0 to 255, expected [0, 1]."),
            ["negative values"] = (Values(-1, 1), "Found images with values from -1 to 1, expected [0, 1]."),
            ["NaN"] = (Values(0, float.NaN), "Found NaN among the images, expected values in [0, 1]."),
            ["bytes"] = (
            Images(() => zeros([2, 1, 1, 2], ScalarType.Byte)),
                "Found images of Byte, expected Float32 for this network."),
            ["flat images"] = (Images(() => zeros(2, 2)), "Found images of shape [2, 2], expected [N, C, H, W]."),
            ["no images"] = (
            batch => batch with { Images = zeros(0, 1, 1, 2), Targets = new(zeros(0, ScalarType.Int64)) },
            "Found an empty batch, expected one image or more."),
            ["labels of another type"] = (Targets(() => new(tensor([0, 1]))), "Found labels of Int32, expected Int64."),
            ["labels as shares"] = (Targets(() => new(tensor([0f, 1]))), "Found labels of Float32, expected Int64."),
            ["a label above the classes"] = (
            Targets(() => new(tensor([0L, 2]))), "Found labels from 0 to 2, expected 0 to 1 for 2 classes."),
            ["a label below 0"] = (
            Targets(() => new(tensor([-1L, 1]))), "Found labels from -1 to 1, expected 0 to 1 for 2 classes."),
            ["too many labels"] = (
            Targets(() => new(tensor([0L, 1, 1]))), "Found labels of shape [3], expected [2], one for each image."),
            ["soft targets that add up to 2"] = (
            Targets(() => new(tensor([0L, 1]), ones(2, 2))), "Found soft targets that are no probabilities,"),
            ["soft targets of other classes"] = (
            Targets(() => new(tensor([0L, 1]), full([2, 3], 1 / 3f))),
            "Found soft targets of Float32 [2, 3], expected floating point [2, 2]."),
            ["attacked targets below 0"] = (
            Targets(() => new(tensor([0L, 1]), null, tensor(new float[,] { { 2, -1 }, { 0, 1 } }))),
            "Found attacked targets that are no probabilities,"),
            ["random numbers for other examples"] = (
            batch => batch with { Random = RandomSource.ForExamples(RandomKey.Of(1), [0, 1, 2]) },
            "Found a random source for 3 examples, expected one for 2."),
            ["an unknown norm"] = (
            batch => batch with { Threat = new() { Norm = (Norm)9, Epsilon = 0.1 } },
                "Found the norm 9 and epsilon 0.1, expected linf, l2 or l1"),
        };

    public static TheoryData<string> WrongBatches => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(WrongBatches))]
    public void Every_objective_names_what_is_wrong_with_a_batch_before_it_computes_anything(string what)
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var (change, message) = Wrong[what];
        var batch = change(Batch(network));
        foreach (var objective in All)
        {
            foreach (var call in (Action[])[() => objective.Perturb(batch), () => objective.Loss(batch, null)])
                Assert.StartsWith(message, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
        }
        Assert.Equal((0, 0), (batch.AttackNetwork.Passes.Forward, batch.Network.Classifier.Passes.Forward));
    }

    [Fact]
    public void A_sound_batch_has_the_same_images_and_loss_as_without_checks()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        foreach (var objective in All)
        {
            // A batch draws other random numbers in each call: each has its own.
            var (batch, other) = (Batch(network), Batch(network));
            var (adversarial, expected) = (objective.Perturb(batch), objective.PerturbUnchecked(other));
            Assert.Equal(expected is null, adversarial is null);
            if (expected is not null)
                TensorAssert.Same(expected, adversarial!);
            var (loss, plain) = (objective.Loss(batch, adversarial), objective.LossUnchecked(other, expected));
            Assert.Equal(plain.Loss.item<float>(), loss.Loss.item<float>(), 1e-6f);
        }
    }

    [Fact]
    public void Adversarial_images_belong_to_the_rows_that_are_attacked()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var (batch, objective) = (Batch(network), new PgdAt
        {
            Attack = new Pgd { Steps = 1 },
            Mix = new() { CleanFraction = 0.5 },
        });
        Assert.Equal([1L, 1, 1, 2], objective.Perturb(batch.Part(1, 1))!.shape);
        Refuses(batch.Images, "Found adversarial images of shape [2, 1, 1, 2], expected [1, 1, 1, 2] for this batch.");
        Refuses(full([1, 1, 1, 2], 1.5f), "Found images with values from 1.5 to 1.5, expected [0, 1].");
        Refuses(full([1, 1, 1, 2], float.NaN), "Found NaN among the images, expected values in [0, 1].");
        Refuses(zeros([1, 1, 1, 2], ScalarType.Float64), "Found images of Float64, expected Float32 for this network.");
        Refuses(null, "Found no adversarial images, expected those of the batch's last 1 rows.");

        void Refuses(Tensor? adversarial, string message) => Assert.StartsWith(
            message, Assert.ThrowsAny<ArgumentException>(() => objective.Loss(batch, adversarial)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_without_the_objectives_tensors_is_named()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var batch = Batch(network) with { State = new Dictionary<string, Tensor>() };
        var exception = Assert.Throws<ArgumentException>(() => new Free().Perturb(batch));
        Assert.StartsWith(
            "Found no tensor \"perturbation\" in the state,", exception.Message, StringComparison.Ordinal);
    }

    private static TinyNetwork Network() => new(new float[,] { { 1, 0 }, { 0, 1 } });

    private static TrainingBatch Batch(TinyNetwork network) => new(
        new(network.Classifier), network.Classifier, full([2, 1, 1, 2], 0.5f), new(tensor([0L, 1])), new()
        {
            Norm = Norm.Linf,
            Epsilon = 0.1,
        },
        RandomSource.ForBatch(RandomKey.Of(1)),
        new Dictionary<string, Tensor> { ["perturbation"] = zeros(Classes, 1, 1, 2) });

    private static Func<TrainingBatch, TrainingBatch> Values(float first, float second) =>
        Images(() => tensor([first, second, 0f, 0f]).reshape(2, 1, 1, 2));

    private static Func<TrainingBatch, TrainingBatch> Images(Func<Tensor> images) =>
        batch => batch with { Images = images() };

    private static Func<TrainingBatch, TrainingBatch> Targets(Func<Targets> targets) =>
        batch => batch with { Targets = targets() };
}
