using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

/// <summary>What attacks do in the hands of a program that calls them again, and in its modes.</summary>
public sealed class RepeatedAttackTests
{
    private static readonly RandomKey Key = RandomKey.Of(5);

    [Theory]
    [MemberData(nameof(EveryAttackTests.Cases), MemberType = typeof(EveryAttackTests))]
    public void Its_second_run_draws_what_the_first_did(string name, Norm norm)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(Key);
        using var network = new ConvSmall().Build(new(1, 8, 8), 4);
        using var classifier = new Classifier(network, 4);
        var images = RandomSource.ForBatch(Key).Uniform(zeros(4, 1, 8, 8));
        var labels = classifier.Predict(images);
        var random = RandomSource.ForExamples(Key, [5, 6, 7, 8]);
        TensorAssert.Same(Perturbed(), Perturbed());

        Tensor Perturbed() => EveryAttackTests.Descriptions[name].Perturb(
            classifier, images, new MarginLoss(labels), new() { Norm = norm, Epsilon = 0.02 }, random);
    }

    [Fact]
    public void In_inference_mode_nothing_has_a_gradient_which_is_an_error()
    {
        using var scope = NewDisposeScope();
        using var network = new ConvSmall().Build(new(1, 8, 8), 4);
        using var classifier = new Classifier(network, 4);
        var images = full([1, 1, 8, 8], 0.5);
        var labels = classifier.Predict(images);
        using var inference = inference_mode();
        var error = Assert.Throws<InvalidOperationException>(() => new Pgd { Steps = 1 }.Run(
            classifier, images, new MarginLoss(labels), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key)));
        Assert.StartsWith("Found torch.inference_mode(), in which nothing has a gradient", error.Message,
            StringComparison.Ordinal);
    }
}
