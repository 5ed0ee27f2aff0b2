using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

/// <summary>The loss that an attack names, whatever that of the batch is.</summary>
public sealed class NamedLossTests
{
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 0.05 };

    private static readonly float[,] Weight =
        { { 0, 0, 0, 0, 0, 0, 0, 0, 0 }, { 1, -1, 0, 0, 0, 0, 0, 0, 0 }, { 3, 1, 0, -2, 4, 0, 0, 0, 0 } };

    // At 0.5, class 0 leads by 0.4 over class 1 and by 0.9 over class 2, out of reach of ε. The margin's gradient is
    // class 1's alone.
    private static readonly float[] Bias = [0f, -0.4f, -3.9f];

    private static readonly Func<AttackLossKind?, IAttack>[] Attacks =
    [
        loss => new Fgsm { Loss = loss }, loss => new Bim { Steps = 2, Loss = loss },
        loss => new Pgd { Steps = 2, Loss = loss }, loss => new Mim { Steps = 2, Loss = loss },
        loss => new NFgsm { Loss = loss }, loss => new PgdAdam { Steps = 2, Loss = loss },
        loss => new Apgd { Steps = 2, Loss = loss }, loss => new ApgdTrain { Steps = 2, Loss = loss },
        loss => new Square { Queries = 150, Loss = loss },
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Attacks.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_attack_maximises_the_loss_that_it_names(int index)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var labels = tensor([0L]);
        foreach (var stops in (bool[])[true, false])
        {
            var expected = Found(null, new CrossEntropyLoss(labels));
            TensorAssert.Same(expected, Found(AttackLossKind.CrossEntropy, new MarginLoss(labels)));
            TensorAssert.Different(expected, Found(null, new MarginLoss(labels)));

            Tensor Found(AttackLossKind? named, AttackLoss loss) => Attacks[index](named).Run(new AttackBatch(
                network.Classifier, full([1, 1, 3, 3], 0.5f), loss, Threat, RandomSource.ForBatch(RandomKey.Of(7))) with
            { StopAtSuccess = stops }).Images;
        }
    }

    [Fact]
    public void Every_attack_that_can_name_a_loss_is_tried() => Assert.Equal(
        typeof(Pgd).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IAttack))
            && type.GetProperty(nameof(IAttack.Loss)) is { CanWrite: true }).Select(type => type.Name).Order(),
        Attacks.Select(attack => attack(null).GetType().Name).Order());

    [Fact]
    public void A_mixed_label_and_the_averages_of_a_loss_stay()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var (images, labels) = (full([1, 1, 3, 3], 0.5f), tensor([0L]));
        var (noise, shares) = (zeros([2, 1, 1, 3, 3]), tensor(new[,] { { 0.6f, 0.4f, 0f } }));
        noise[1].fill_(0.1f);
        var mixed = Averaged(new CrossEntropyLoss(labels, shares));
        TensorAssert.Same(Gradient(mixed), Gradient(mixed.As(AttackLossKind.CrossEntropy, 3)));
        TensorAssert.Different(Gradient(mixed), Gradient(Averaged(new CrossEntropyLoss(labels))));
        TensorAssert.Same(Gradient(Averaged(new MarginLoss(labels))), Gradient(mixed.As(AttackLossKind.Margin, 3)));

        AttackLoss Averaged(AttackLoss loss) => new EotLoss(new MeanPredictionLoss(loss, noise), 2);
        Tensor Gradient(AttackLoss loss) => loss.Gradient(network.Classifier, images);
    }

    /// <summary>Of noise that moves an image to the other class, the mean prediction is wrong to begin with.</summary>
    [Fact]
    public void Averaged_gradients_do_not_change_which_images_are_misclassified_to_begin_with()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 1, 1 }, { 0, 0 } }, [0f, 0.8f]);
        var loss = new MeanPredictionLoss(new CrossEntropyLoss(tensor([0L])), full([2, 1, 1, 1, 2], -0.3f));
        var images = full([1, 1, 1, 2], 0.5f);
        Assert.Equal(0, network.Classifier.Predict(images).item<long>());
        foreach (var attack in (IAttack[])[new Apgd { Steps = 2 }, new Eot { Attack = new Apgd { Steps = 2 } }])
            Assert.Equal([AttackSuccess.Clean], attack.Run(
                network.Classifier, images, loss, Threat, RandomSource.ForBatch(RandomKey.Of(7))).Success!);
    }
}
