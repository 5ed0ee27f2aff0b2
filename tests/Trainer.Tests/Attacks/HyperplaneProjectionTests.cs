using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class HyperplaneProjectionTests
{
    public static TheoryData<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1];

    [Fact]
    public void Linf_moves_every_coordinate_alike_until_the_box_stops_one()
    {
        using var scope = NewDisposeScope();
        var normals = tensor(new float[,] { { 1f, -2f, 0f, 1f } });
        var points = tensor(new float[,] { { 0.5f, 0.5f, 0.5f, 0.9f } });
        // Gain 4λ up to λ = 0.1; then the last coordinate is at 1 and the others gain 3λ + 0.1.
        var free = HyperplaneProjection.Change(points, normals, tensor([0.2f]), Norm.Linf);
        TensorAssert.Close(tensor(new float[,] { { 0.05f, -0.05f, 0f, 0.05f } }), free, 1e-6);
        var stopped = HyperplaneProjection.Change(points, normals, tensor([0.7f]), Norm.Linf);
        TensorAssert.Close(tensor(new float[,] { { 0.2f, -0.2f, 0f, 0.1f } }), stopped, 1e-6);
    }

    [Fact]
    public void L2_moves_along_the_normal_until_the_box_stops_a_coordinate()
    {
        using var scope = NewDisposeScope();
        var normals = tensor(new float[,] { { 3f, -4f } });
        var free = HyperplaneProjection.Change(
            tensor(new float[,] { { 0.5f, 0.5f } }), normals, tensor([-0.5f]), Norm.L2);
        TensorAssert.Close(tensor(new float[,] { { -0.06f, 0.08f } }), free, 1e-6);
        var stopped = HyperplaneProjection.Change(
            tensor(new float[,] { { 0.5f, 0.96f } }), normals, tensor([-0.5f]), Norm.L2);
        TensorAssert.Close(tensor(new float[,] { { -0.34f / 3, 0.04f } }), stopped, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void What_the_box_does_not_allow_goes_as_far_as_it_can(Norm norm)
    {
        using var scope = NewDisposeScope();
        var change = HyperplaneProjection.Change(
            tensor(new float[,] { { 0.5f, 0.9f } }), tensor(new float[,] { { 1f, -2f } }), tensor([100f]), norm);
        TensorAssert.Close(tensor(new float[,] { { 0.5f, -0.9f } }), change, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void A_zero_normal_or_gap_changes_nothing(Norm norm)
    {
        using var scope = NewDisposeScope();
        var points = full([2, 3], 0.5f);
        var change = HyperplaneProjection.Change(
            points, tensor(new float[,] { { 0f, 0f, 0f }, { 1f, 2f, 3f } }), tensor([0.4f, 0f]), norm);
        TensorAssert.Same(zeros_like(points), change);
    }

    [Fact]
    public void L1_moves_the_coordinate_of_the_greatest_weight_until_the_box_stops_it_and_then_the_next()
    {
        using var scope = NewDisposeScope();
        var normals = tensor(new float[,] { { 3f, -4f, 1f } });
        var points = tensor(new float[,] { { 0.5f, 0.5f, 0.5f } });
        var free = HyperplaneProjection.Change(points, normals, tensor([-1f]), Norm.L1);
        TensorAssert.Close(tensor(new float[,] { { 0f, 0.25f, 0f } }), free, 1e-6);
        var stopped = HyperplaneProjection.Change(points, normals, tensor([-2.6f]), Norm.L1);
        TensorAssert.Close(tensor(new float[,] { { -0.2f, 0.5f, 0f } }), stopped, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void It_is_on_the_plane_in_the_box_and_as_short_as_bisection_finds(Norm norm)
    {
        using var scope = NewDisposeScope();
        var random = RandomSource.ForBatch(RandomKey.Of(31));
        var points = random.Uniform(zeros(40, 30)).round_(1);
        var normals = random.Normal(points);
        // Points on both faces of the box, and gaps up to most of what the box allows.
        var reach = (where(normals > 0, 1 - points, points) * normals.abs()).sum(1);
        var gaps = reach * arange(0, 40) / 42;
        var change = HyperplaneProjection.Change(points, normals, gaps, norm);
        TensorAssert.Close(gaps, (change * normals).sum(1), 1e-4);
        Assert.InRange((points + change).min().item<float>(), -1e-6f, 1);
        Assert.InRange((points + change).max().item<float>(), 0, 1 + 1e-6f);
        if (norm == Norm.L1)
            AssertGreedy(points, normals, change);
        else
            TensorAssert.Close(ByBisection(points, normals, gaps, norm), change, 1e-4);
    }

    /// <summary>No coordinate moves while one of a greater weight has room: anything else would be longer.</summary>
    private static void AssertGreedy(Tensor points, Tensor normals, Tensor change)
    {
        var (order, width) = (normals.abs().argsort(1, descending: true), points.shape[1]);
        var room = where(normals > 0, 1 - points, points).gather(1, order);
        var moved = change.abs().gather(1, order);
        var full = (moved >= room - 1e-5).narrow(1, 0, width - 1);
        var laterMoves = (moved > 1e-5).narrow(1, 1, width - 1);
        Assert.True(full.logical_or(laterMoves.logical_not()).all().item<bool>());
        Assert.True((change * normals >= 0).all().item<bool>());
    }

    /// <summary>clamp(λ·u) with the λ of which the gain is the gap: u is the sign for L∞, the normal for L2.</summary>
    private static Tensor ByBisection(Tensor points, Tensor normals, Tensor gaps, Norm norm)
    {
        var (x, w) = (points.to(ScalarType.Float64), normals.to(ScalarType.Float64));
        var unit = norm == Norm.Linf ? w.sign() : w;
        var low = zeros(x.shape[0], 1, ScalarType.Float64);
        var high = full_like(low, 1e6);
        for (var step = 0; step < 200; step++)
        {
            var middle = (low + high) / 2;
            var below = (Change(middle) * w).sum(1, keepdim: true) < gaps.unsqueeze(1);
            (low, high) = (where(below, middle, low), where(below, high, middle));
        }
        return Change(low);

        Tensor Change(Tensor level) => (x + level * unit).clamp(0, 1) - x;
    }
}
