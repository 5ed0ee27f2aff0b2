using Trainer.Reports.Studies;

namespace Trainer.Tests.Studies;

/// <summary>Values that are computed by hand.</summary>
public sealed class StudyMathematicsTests
{
    [Fact]
    public void The_deviation_divides_by_one_less_than_the_number_of_values()
    {
        // Squares of the distances from the mean 4: 9, 1, 0, 1, 9, of which a fourth is 5.
        Assert.Equal(new(5, 4, Math.Sqrt(5)), Sample.Of([1, 3, 4, 5, 7]));
        Assert.Equal(new(1, 2, null), Sample.Of([2]));
        Assert.Equal((0, double.NaN, null), (Sample.Of([]).Count, Sample.Of([]).Mean, Sample.Of([]).Deviation));
    }

    [Fact]
    public void Paired_differences_have_the_interval_and_p_of_students_t()
    {
        // Differences 1, 2, 3: mean 2, deviation 1. With two degrees of freedom the distribution function of t is
        // 1/2 + t / (2 √(2 + t²)), so that the quantile 0.975 is 0.95 √(2 / (1 − 0.95²)).
        var pairs = PairedDifferences.Of([2, 4, 6], [1, 2, 3], images: 10);
        Assert.Equal(new(3, 2, 1), pairs.Differences);
        var half = 0.95 * Math.Sqrt(2 / (1 - 0.95 * 0.95)) / Math.Sqrt(3);
        Assert.Equal(2 - half, pairs.Interval!.Value.Low, 1e-9);
        Assert.Equal(2 + half, pairs.Interval!.Value.High, 1e-9);
        var t = 2 * Math.Sqrt(3);
        Assert.Equal(1 - t / Math.Sqrt(2 + t * t), pairs.PValue!.Value, 1e-9);
        // The other way round: the same p.
        Assert.Equal(pairs.PValue!.Value, PairedDifferences.Of([1, 2, 3], [2, 4, 6], images: 10).PValue!.Value, 1e-12);
    }

    [Fact]
    public void Of_one_seed_and_of_differences_that_vary_by_less_than_an_image_there_is_no_interval()
    {
        var one = PairedDifferences.Of([0.5], [0.25], images: 1000);
        Assert.Equal((0.25, null, null), (one.Differences.Mean, one.Interval, one.PValue));
        // Equal by chance: shares of few images often are. Deviations of 0 and of 0.7 of an image.
        Assert.Equal((null, null), Of([0.3, 0.3]));
        Assert.Equal((null, null), Of([0.3, 0.301]));
        // Of exactly one image: squares of the distances from the mean 0.301 are 1e-6, 0 and 1e-6.
        Assert.NotNull(Of([0.3, 0.301, 0.302]).PValue);

        static ((double, double)? Interval, double? PValue) Of(double[] differences) =>
            PairedDifferences.Of(differences, new double[differences.Length], images: 1000) is var pairs
                ? (pairs.Interval, pairs.PValue) : default;
    }

    [Fact]
    public void The_front_is_what_no_other_point_beats_in_both_values()
    {
        Assert.Equal(
            [true, false, true, false, true],
            ParetoFront.Of([(1, 5), (1, 4), (2, 4), (2, 3), (3, 1)]));
        // Equal points do not beat each other.
        Assert.Equal([true, true], ParetoFront.Of([(1, 1), (1, 1)]));
        // 4 + 7 + 7 and 4 + 9 + 5 of three times 21 images are as many, whatever the rounding of their means.
        double[] seven = [4 / 21.0, 7 / 21.0, 7 / 21.0], nine = [4 / 21.0, 9 / 21.0, 5 / 21.0];
        Assert.NotEqual(seven.Average(), nine.Average());
        Assert.Equal([true, false], ParetoFront.Of([(0.67, seven.Average()), (0.57, nine.Average())]));
        Assert.Equal([false, true], ParetoFront.Of([(0.57, seven.Average()), (0.67, nine.Average())]));
        Assert.Equal("0.00", Sample.PercentOf(-1e-9));
    }
}
