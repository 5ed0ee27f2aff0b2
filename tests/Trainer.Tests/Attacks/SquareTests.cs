using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class SquareTests
{
    private static readonly RandomKey Key = RandomKey.Of(51);

    [Fact]
    public void The_windows_shrink_after_AutoAttacks_iterations()
    {
        int[] iterations = [0, 10, 11, 50, 51, 200, 201, 500, 501, 1000, 1001, 2000, 2001, 4000, 4001, 6000, 6001, 8000,
            8001];
        double[] parts = [1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64, 128, 128, 256, 256, 512];
        Assert.Equal(parts.Select(part => 0.8 / part), iterations.Select(iteration => SquareRun.Share(iteration, 0.8)));
    }

    [Fact]
    public void Perturb_reaches_the_exact_worst_case_of_a_linear_model()
    {
        using var scope = NewDisposeScope();
        // Class 1 leads by so much that nothing in the ball breaks it. No window but the whole image reaches the last
        // row or column.
        using var network = new TinyNetwork(new float[,] { { 1, -2, 0, -2, 3, 0, 0, 0, 0 },
            { -1, 1, 0, 1, 1, 0, 0, 0, 0 } }, [0, 9]);
        var images = full([1, 1, 3, 3], 0.5f);
        var found = new Square { Queries = 400 }.Run(
            network.Classifier, images, new MarginLoss(tensor([1L])), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        var change = (found.Images - 0.5).narrow(2, 0, 2).narrow(3, 0, 2).flatten();
        TensorAssert.Close(tensor([0.1f, -0.1f, -0.1f, 0.1f]), change, 1e-6);
        Assert.Null(found.Success!.Single());
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void The_loss_rises_with_the_queries_and_the_change_reaches_the_radius(Norm norm)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(Key);
        using var network = new ConvSmall().Build(new(2, 12, 16), 10);
        using var classifier = new Classifier(network, 10);
        var images = RandomSource.ForBatch(Key).Uniform(zeros(8, 2, 12, 16)).mul_(0.2).add_(0.4);
        var threat = new ThreatModel
        {
            Norm = norm,
            Epsilon = norm switch { Norm.Linf => 0.01, Norm.L2 => 0.1, _ => 0.5 },
        };
        var loss = new MarginLoss(classifier.Predict(images));
        Tensor Margin(int queries)
        {
            var found = new Square { Queries = queries }.Run(
                classifier, images, loss, threat, RandomSource.ForBatch(Key));
            Assert.All(found.Success!, what => Assert.Null(what));
            TensorAssert.Close(full([8], (float)threat.Epsilon), threat.Distance(images, found.Images), 2e-6);
            return loss.PerExample(classifier.Logits(found.Images)).detach();
        }

        var (few, many) = (Margin(1), Margin(150));
        Assert.True((many >= few).all().item<bool>());
        Assert.True((many > few).to(ScalarType.Float32).mean().item<float>() > 0.9);
    }

    [Fact]
    public void Only_remaining_examples_are_queried()
    {
        using var scope = NewDisposeScope();
        // Nothing in the ball breaks the first row; a change of the right sign breaks the second.
        using var network = new CountingNetwork(new TinyNetwork(new float[,] { { 0f }, { 1f } }, [0.5f, 0f]));
        using var classifier = new Classifier(network, 2);
        var images = tensor([0.3f, 0.45f]).reshape(2, 1, 1, 1);
        var found = new Square { Queries = 20 }.Run(
            classifier, images, new MarginLoss(tensor([0L, 0L])), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForExamples(Key, [0, 1]));
        var query = Assert.NotNull(found.Success![1]).Iteration;
        Assert.Equal(2 + 1 + 20 + 1 + query, classifier.Passes.Forward);
        Assert.Equal(0, classifier.Passes.Backward);
    }

    [Fact]
    public void Bumps_have_length_one_and_a_hill_beside_a_valley()
    {
        using var scope = NewDisposeScope();
        var draws = tensor(new float[,] { { 0.1f, 0.9f, 0.2f }, { 0.9f, 0.9f, 0.2f } });
        var bumps = new SquareBumps(Norm.L2).Of(draws, 5).reshape(2, 2, 5, 5);
        TensorAssert.Close(ones(2, 2), bumps.square().sum([2, 3]), 1e-6);
        Assert.True((bumps[0, 0].narrow(0, 0, 2) > 0).all().item<bool>());
        Assert.True((bumps[0, 0].narrow(0, 2, 3) < 0).all().item<bool>());
        TensorAssert.Same(-bumps[0, 0], bumps[0, 1]);
        TensorAssert.Same(bumps[0, 0].t(), bumps[1, 0]);
        TensorAssert.Close(ones(2, 2), new SquareBumps(Norm.L1).Of(draws, 5).abs().sum(2), 1e-6);
    }
}
