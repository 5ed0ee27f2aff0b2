using Trainer.Robustness.Bounds;
using Trainer.Robustness.Bounds.Rules;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Bounds;

/// <summary>The error by which a layer's bounds are rounded outward, against the sum that it is stated for.</summary>
public sealed class RoundingErrorTests
{
    private const double Unit = 1.0 / (1 << 24);
    private static readonly Roundoff Float = Roundoff.Of(ScalarType.Float32, nodes: 0);

    // Values between −8 and 4: the largest absolute one is 8.
    private static readonly double[] Lower = [-8, 1, 2, 3], Upper = [4, 2, 3, 4];

    [Fact]
    public void Pools_and_means_are_off_by_the_share_of_their_terms()
    {
        using var scope = NewDisposeScope();
        using var average = nn.AvgPool2d(2);
        using var largest = nn.MaxPool2d(2);
        // Four terms of 8, 2, 3 and 4: their mean is 17 / 4.
        Assert.Equal(17.0 / 4 * OfSum(4), Rounding(new AveragePoolRule(average)), 1e-11);
        Assert.Equal(17.0 / 4 * OfSum(4), Rounding(new GlobalAverageRule()), 1e-11);
        Assert.Equal(8 * OfSum(4), Rounding(new MaxPoolRule(largest)), 1e-11);

        static double Rounding(BoundRule rule) =>
            rule.Rounding([Interval.Between(Of(Lower), Of(Upper))], Float)!.item<float>();
    }

    [Fact]
    public void A_sum_is_off_by_the_share_of_both_its_terms()
    {
        using var scope = NewDisposeScope();
        var error = new SumRule().Rounding(
            [Interval.Between(Of(Lower), Of(Upper)), Interval.Around(Of([1, -2, 3, 0]), Of([0, 1, 1, 0]))], Float)!;
        Assert.Equal([9.0, 5, 7, 4], error.flatten().to(ScalarType.Float64).data<double>()
            .Select(value => Math.Round(value / OfSum(2), 4)));
    }

    [Theory]
    [InlineData(Norm.Linf, 7)]
    [InlineData(Norm.L2, 5)]
    [InlineData(Norm.L1, 4)]
    public void The_least_value_over_the_images_is_off_by_the_share_of_all_pixels(Norm norm, double dual)
    {
        using var scope = NewDisposeScope();
        // 3x − 4y at (½, ½) with ε = 0.1: no value that counts is above 0.6. The dual norms of (3, −4) are 7, 5 and 4.
        var region = new InputRegion(full([1, 1, 1, 2], 0.5f), new() { Norm = norm, Epsilon = 0.1 });
        var rows = new DenseSpecification(tensor(new float[] { 3, -4 }).reshape(1, 1, 1, 1, 2));
        var node = new GraphNode(0, new InputRule(), []);
        var exact = region.Concretise(rows.Matrix, rows, node).item<float>();
        Assert.Equal(-0.5 - (0.1 * dual), exact, 1e-6);
        Assert.Equal(
            (3 + 4) * 0.6 * OfSum(2),
            exact - region.Concretise(rows.Matrix, rows, node, Float).item<float>(), 2 * Unit);
    }

    [Fact]
    public void Radii_above_1_count_in_the_error_of_a_ball()
    {
        using var scope = NewDisposeScope();
        var region = new InputRegion(full([1, 1, 1, 2], 0.5f), new() { Norm = Norm.L2, Epsilon = 4 });
        var rows = new DenseSpecification(ones([1, 1, 1, 1, 2]));
        var node = new GraphNode(0, new InputRule(), []);
        // The box alone, [0, 1] in both pixels, has the least value 0.
        Assert.Equal(-2 * 4 * OfSum(2), region.Concretise(rows.Matrix, rows, node, Float).item<float>(), Unit);
    }

    // Twice γ, of the sum's terms and 16 further operations, and a hundredth of it.
    private static double OfSum(int terms) => 2.02 * (terms + 16) * Unit / (1 - ((terms + 16) * Unit));

    private static Tensor Of(double[] values) => tensor(values, ScalarType.Float32).reshape(1, 1, 2, 2);
}
