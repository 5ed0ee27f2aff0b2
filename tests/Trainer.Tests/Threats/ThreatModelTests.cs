using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Attacks;

namespace Trainer.Tests.Threats;

public sealed class ThreatModelTests
{
    private static readonly RandomKey Key = RandomKey.Of(3);

    [Fact]
    public void Linf_projection_clamps_each_value_to_ball_and_box()
    {
        using var scope = NewDisposeScope();
        var images = tensor([0.5f, 0.05f, 0.95f, 0.5f]).reshape(1, 1, 2, 2);
        var adversarial = tensor([0.7f, -0.3f, 1.2f, 0.45f]).reshape(1, 1, 2, 2);
        using var ball = Ball.Create(new() { Norm = Norm.Linf, Epsilon = 0.1 }, images);
        ball.Project(adversarial);
        TensorAssert.Close(tensor([0.6f, 0f, 1f, 0.45f]).reshape(1, 1, 2, 2), adversarial, 1e-7);
    }

    [Fact]
    public void L2_projection_scales_to_the_sphere_and_leaves_what_is_inside()
    {
        using var scope = NewDisposeScope();
        var images = full([2, 1, 1, 2], 0.5f);
        var adversarial = images + tensor([0.3f, 0.4f, 0.03f, 0.04f]).reshape(2, 1, 1, 2);
        using var ball = Ball.Create(new() { Norm = Norm.L2, Epsilon = 0.25 }, images);
        ball.Project(adversarial);
        TensorAssert.Close(tensor([0.65f, 0.7f, 0.53f, 0.54f]).reshape(2, 1, 1, 2), adversarial, 1e-6);
    }

    [Fact]
    public void L2_steps_follow_the_normalised_gradient_also_where_its_square_underflows()
    {
        using var scope = NewDisposeScope();
        var images = full([2, 1, 1, 2], 0.5f);
        var adversarial = images.clone();
        var gradient = tensor([3e-30f, 4e-30f, 0f, 0f]).reshape(2, 1, 1, 2);
        using var ball = Ball.Create(new() { Norm = Norm.L2, Epsilon = 1 }, images);
        ball.Step(adversarial, gradient, 0.1);
        TensorAssert.Close(tensor([0.56f, 0.58f, 0.5f, 0.5f]).reshape(2, 1, 1, 2), adversarial, 1e-6);
    }

    [Fact]
    public void Linf_steps_follow_the_sign_and_stay_where_the_gradient_is_zero()
    {
        using var scope = NewDisposeScope();
        var images = full([1, 1, 1, 3], 0.5f);
        var adversarial = images.clone();
        using var ball = Ball.Create(new() { Norm = Norm.Linf, Epsilon = 0.1 }, images);
        ball.Step(adversarial, tensor([-2f, 0f, 1e-20f]).reshape(1, 1, 1, 3), 0.04);
        TensorAssert.Close(tensor([0.46f, 0.5f, 0.54f]).reshape(1, 1, 1, 3), adversarial, 1e-7);
    }

    [Fact]
    public void L1_steps_move_the_largest_hundredth_of_the_values_that_the_box_lets_move()
    {
        using var scope = NewDisposeScope();
        var images = full([2, 1, 10, 20], 0.5f);
        images[0, 0, 0, 3] = 1f;
        images[0, 0, 0, 4] = 0f;
        var gradient = zeros(2, 1, 10, 20);
        (gradient[0, 0, 0, 3], gradient[0, 0, 0, 4]) = (tensor(9f), tensor(-8f));
        (gradient[0, 0, 1, 1], gradient[0, 0, 2, 2], gradient[0, 0, 3, 3]) = (tensor(3f), tensor(-2f), tensor(1f));
        var adversarial = images.clone();
        using var ball = Ball.Create(new() { Norm = Norm.L1, Epsilon = 1 }, images);
        ball.Step(adversarial, gradient, 0.4);
        var expected = zeros_like(images);
        (expected[0, 0, 1, 1], expected[0, 0, 2, 2]) = (tensor(0.2f), tensor(-0.2f));
        TensorAssert.Close(expected, adversarial - images, 1e-6);
    }

    [Fact]
    public void Images_of_another_shape_have_no_distance()
    {
        using var scope = NewDisposeScope();
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 };
        foreach (var measure in (Func<Tensor, Tensor, Tensor>[])[
            threat.Distance, threat.Contains, (images, adversarial) => threat.Violation(images, adversarial, 0.1)])
        {
            var exception = Assert.Throws<ArgumentException>(() => measure(zeros(3, 1, 2, 2), zeros(1, 1, 2, 2)));
            Assert.StartsWith(
                "Found adversarial images of shape [1, 1, 2, 2], expected [3, 1, 2, 2].", exception.Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void Random_starts_lie_in_ball_and_box(Norm norm)
    {
        using var scope = NewDisposeScope();
        var images = RandomSource.ForBatch(Key).Uniform(zeros(50, 2, 5, 5));
        var threat = new ThreatModel { Norm = norm, Epsilon = 0.3 };
        using var ball = Ball.Create(threat, images);
        var start = ball.RandomStart(RandomSource.ForBatch(Key.With(1)));
        Assert.InRange(threat.Violation(images, start, 0.3).item<float>(), float.NegativeInfinity, 0);
        Assert.True((start - images).abs().max().item<float>() > 0.01);
    }

    [Theory]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void Random_starts_are_uniform_in_the_ball(Norm norm)
    {
        // The share of the volume within a uniform point's radius, (r/ε)^d, is uniform in [0, 1].
        using var scope = NewDisposeScope();
        var images = full([4000, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = norm, Epsilon = 0.2 };
        using var ball = Ball.Create(threat, images);
        var start = ball.RandomStart(RandomSource.ForBatch(Key));
        var share = (threat.Distance(images, start) / 0.2).pow(4);
        Assert.InRange(share.mean().item<float>(), 0.48, 0.52);
        Assert.InRange(share.std().item<float>(), 0.28, 0.30);
        Assert.InRange((start - images).mean().item<float>(), -0.002, 0.002);
    }

    [Fact]
    public void Distances_are_the_norms_of_the_differences()
    {
        using var scope = NewDisposeScope();
        var images = zeros(1, 1, 1, 2);
        var adversarial = tensor([0.3f, -0.4f]).reshape(1, 1, 1, 2);
        Assert.Equal(
            0.4f, new ThreatModel { Norm = Norm.Linf, Epsilon = 1 }.Distance(images, adversarial).item<float>(), 1e-7f);
        Assert.Equal(
            0.5f, new ThreatModel { Norm = Norm.L2, Epsilon = 1 }.Distance(images, adversarial).item<float>(), 1e-7f);
        Assert.Equal(
            0.7f, new ThreatModel { Norm = Norm.L1, Epsilon = 1 }.Distance(images, adversarial).item<float>(), 1e-7f);
    }

    [Theory]
    [InlineData(0.1f, false)]
    [InlineData(0.1000005f, false)]
    [InlineData(0.10001f, true)]
    [InlineData(float.NaN, true)]
    public void Violation_tells_a_breach_of_the_bound_from_rounding(float change, bool breach)
    {
        using var scope = NewDisposeScope();
        var images = zeros(1, 1, 1, 1);
        var violation = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 }.Violation(images, images + change, 0.1)
            .item<float>();
        Assert.Equal(breach, !(violation <= 0));
    }

    [Theory]
    [InlineData(2.00001f, false)]
    [InlineData(2.0001f, true)]
    public void An_L1_bound_holds_to_a_hundred_thousandth_of_itself(float change, bool breach)
    {
        using var scope = NewDisposeScope();
        var images = zeros(1, 1, 2, 2);
        Assert.Equal(
            breach, new ThreatModel { Norm = Norm.L1, Epsilon = 2 }.Violation(images, images + change / 4, 2)
            .item<float>() > 0);
        Assert.Equal(
            !breach, new ThreatModel { Norm = Norm.L1, Epsilon = 2 }.Contains(images, images + change / 4)
            .item<bool>());
    }

    [Fact]
    public void Violation_sees_images_outside_the_box()
    {
        using var scope = NewDisposeScope();
        var images = full([1, 1, 1, 1], 0.99f);
        Assert.True(new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 }.Violation(images, images + 0.05, 0.1)
            .item<float>() > 0);
    }

    [Fact]
    public void A_negative_radius_is_refused_by_name()
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(
            () => new ThreatModel { Norm = Norm.Linf, Epsilon = -1 });
        Assert.StartsWith("Found -1, expected a number of at least 0.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attacks_in_a_scaled_threat_model_take_the_same_share_of_their_steps()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 1, 1, 1, 1 }, { -1, -1, -1, -1 } });
        using var classifier = network.Classifier;
        var images = full([1, 1, 2, 2], 0.5);
        var (loss, random) = (new CrossEntropyLoss(zeros(1, ScalarType.Int64)), RandomSource.ForBatch(RandomKey.Of(1)));
        var half = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.2 }.Scaled(0.5);
        double Moved(IAttack attack) =>
            (images - attack.Perturb(classifier, images, loss, half, random)).max().item<float>();
        Assert.Equal(0.1, half.Epsilon, 1e-12);
        Assert.Equal(0.2, half.Scaled(0.5).FullEpsilon(), 1e-12);
        Assert.Equal(0.05 / 2, Moved(new Pgd { Steps = 1, StepSize = 0.05, RandomStart = false }), 1e-6);
        Assert.Equal(0.1, Moved(new Fgsm()), 1e-6);
    }
}
