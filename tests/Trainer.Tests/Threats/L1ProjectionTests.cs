using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Threats;

public sealed class L1ProjectionTests
{
    [Fact]
    public void It_shortens_every_change_alike_and_cuts_at_the_box()
    {
        using var scope = NewDisposeScope();
        // Each is shortened by 0.05; the third is cut to 0.1 anyway.
        var images = tensor([0.5f, 0.5f, 0.9f]).reshape(1, 1, 1, 3);
        var projected = L1Projection.OnBallAndBox(images, tensor([0.3f, -0.1f, 0.4f]).reshape(1, 1, 1, 3), 0.4);
        TensorAssert.Close(tensor([0.75f, 0.45f, 1f]).reshape(1, 1, 1, 3), projected, 1e-6);
    }

    [Fact]
    public void Small_changes_are_taken_back_to_the_last_bit()
    {
        using var scope = NewDisposeScope();
        var images = tensor([0.3f, 0.7f]).reshape(1, 1, 1, 2);
        var projected = L1Projection.OnBallAndBox(images, tensor([0.5f, -0.2f]).reshape(1, 1, 1, 2), 0.25);
        TensorAssert.Close(tensor([0.55f, 0.7f]), projected.flatten(), 1e-6);
        Assert.Equal(0.7f, projected[0, 0, 0, 1].item<float>());
    }

    [Fact]
    public void Images_in_the_ball_stay_and_a_ball_of_no_radius_holds_the_original_alone()
    {
        using var scope = NewDisposeScope();
        var images = full([1, 1, 1, 2], 0.5f);
        var change = tensor([0.1f, -0.2f]).reshape(1, 1, 1, 2);
        TensorAssert.Close(images + change, L1Projection.OnBallAndBox(images, change, 0.31), 1e-7);
        TensorAssert.Same(images, L1Projection.OnBallAndBox(images, change, 0));
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(1)]
    [InlineData(30)]
    public void It_is_the_nearest_image_of_ball_and_box(double radius)
    {
        using var scope = NewDisposeScope();
        var random = RandomSource.ForBatch(RandomKey.Of(11));
        // Values on both faces of the box among them.
        var images = (random.Uniform(zeros(60, 3, 9, 11)) * 1.4 - 0.2).clamp(0, 1);
        var change = random.Normal(images);
        var projected = L1Projection.OnBallAndBox(images, change, radius);
        TensorAssert.Close(ByBisection(images, change, radius), projected, 2e-6);
        var threat = new ThreatModel { Norm = Norm.L1, Epsilon = radius };
        Assert.InRange(threat.Violation(images, projected, radius).item<float>(), float.NegativeInfinity, 0);
        Assert.InRange(threat.Distance(images, projected).max().item<float>(), radius - 1e-5, radius + 1e-5 * radius);
    }

    /// <summary>
    /// Of each change y, min(max(|y| − α, 0), room) with the α by which the sum is the radius, in double precision.
    /// </summary>
    private static Tensor ByBisection(Tensor images, Tensor change, double radius)
    {
        var (x, y) = (images.to(ScalarType.Float64), change.to(ScalarType.Float64));
        var room = where(y > 0, 1 - x, x);
        var low = zeros(x.shape[0], 1, 1, 1, ScalarType.Float64);
        var high = full_like(low, 10);
        for (var step = 0; step < 100; step++)
        {
            var middle = (low + high) / 2;
            var far = Kept(middle).sum([1, 2, 3], keepdim: true) > radius;
            (low, high) = (where(far, middle, low), where(far, high, middle));
        }
        return (x + y.sign() * Kept(high)).to(ScalarType.Float32);

        Tensor Kept(Tensor amount) => minimum((y.abs() - amount).clamp(min: 0), room);
    }
}
