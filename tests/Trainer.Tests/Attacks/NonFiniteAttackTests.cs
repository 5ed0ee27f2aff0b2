using Trainer.Robustness.Attacks;
using Trainer.Tests.Evaluation.Checks;

namespace Trainer.Tests.Attacks;

/// <summary>What every attack of the registry says to a network whose logits or gradients are not finite.</summary>
public sealed class NonFiniteAttackTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Every_attack_refuses_a_network_whose_logits_are_not_finite(float bias)
    {
        using var scope = NewDisposeScope();
        using var network = AttackCall.Network(bias);
        foreach (var attack in EveryAttackTests.OnTheNetwork)
        {
            var call = AttackCall.Sound(network);
            foreach (var run in (Action<IAttack>[])[call.Perturb, call.Run])
            {
                var exception = Assert.Throws<NotFiniteNumberException>(() => run(attack));
                Assert.StartsWith(
                    "Found logits that are NaN or infinite during an attack (the logits of 2 of 2 images before it), "
                    + "expected finite numbers.",
                    exception.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void One_image_whose_logits_are_NaN_is_counted()
    {
        using var scope = NewDisposeScope();
        using var tiny = AttackCall.Network();
        using var network = new MaskedNetwork(input => tiny.call(where(
            input < 0.1, full_like(input, float.NaN), input)));
        var call = AttackCall.Sound(tiny) with
        {
            Classifier = new(network, AttackCall.Classes),
            Images = tensor([0f, 1, 1, 1, 1, 1, 1, 1]).reshape(2, 1, 2, 2),
        };
        var exception = Assert.Throws<NotFiniteNumberException>(() => call.Perturb(new Pgd { Steps = 2 }));
        Assert.Contains("(the logits of 1 of 2 images before it)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attacks_by_the_gradient_refuse_one_that_is_NaN_and_others_do_not_look_at_it()
    {
        using var scope = NewDisposeScope();
        using var tiny = AttackCall.Network();
        // The root's derivative is infinite at 0, times 0.
        using var network = new MaskedNetwork(input => tiny.call(input + (input * 0).sqrt()));
        foreach (var (name, attack) in EveryAttackTests.Descriptions)
        {
            var call = AttackCall.Sound(tiny) with { Classifier = new(network, AttackCall.Classes) };
            if (name is "square" or "hopskipjump" or "transfer")
                call.Run(attack);
            else
                Assert.Contains(
                    "(the logits of 0 of 2 images", Assert.Throws<NotFiniteNumberException>(() => call.Run(attack))
                    .Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_network_whose_logits_are_not_finite_predicts_no_class(float bias)
    {
        using var scope = NewDisposeScope();
        using var network = AttackCall.Network(bias);
        var exception = Assert.Throws<NotFiniteNumberException>(() => network.Classifier.Predict(zeros(3, 1, 2, 2)));
        Assert.StartsWith(
            "Found logits that are NaN or infinite at 3 of 3 images, expected finite numbers.", exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_transfer_refuses_a_source_whose_logits_are_NaN()
    {
        using var scope = NewDisposeScope();
        using var network = AttackCall.Network();
        using var source = AttackCall.Network(float.NaN);
        Assert.Throws<NotFiniteNumberException>(
            () => AttackCall.Sound(network).Perturb(new Transfer(new Pgd { Steps = 2 }, source.Classifier)));
    }
}
