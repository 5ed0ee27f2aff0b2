using MathNet.Numerics.Distributions;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation.Privacy;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Random;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Privacy;

/// <summary>What membership scores tell apart, on scores whose answer is known.</summary>
public sealed class RocCurveTests
{
    private static readonly bool[] TwoOfFour = [true, true, false, false];

    [Fact]
    public void Equal_scores_are_on_one_side_of_every_threshold()
    {
        var curve = RocCurve.Of([3, 2, 2, 1], TwoOfFour);
        Assert.Equal(
            [new(double.PositiveInfinity, 0, 0), new(3, 0, 1), new(2, 1, 2), new(1, 2, 2)], curve.Points);
    }

    [Theory]
    [InlineData(0.0, 0, 0.5)]
    [InlineData(0.499, 0, 0.5)] // A line between the points would have 0.999.
    [InlineData(0.5, 1, 1.0)]
    [InlineData(1.0, 2, 1.0)]
    public void Nothing_is_interpolated_between_thresholds(double most, long falsePositives, double rate)
    {
        var found = RocCurve.Of([3, 2, 2, 1], TwoOfFour).At(most);
        Assert.Equal((falsePositives, rate), (found.FalsePositives, found.Rate.Value));
    }

    [Fact]
    public void One_of_a_thousand_is_a_rate_of_a_thousandth()
    {
        // 0.001 · 1000 must not round below 1: of the non-members, one is above every member.
        double[] scores = [2, .. Enumerable.Repeat(1.0, 10), .. Enumerable.Repeat(0.0, 999)];
        bool[] members = [false, .. Enumerable.Repeat(true, 10), .. Enumerable.Repeat(false, 999)];
        var curve = RocCurve.Of(scores, members);
        Assert.Equal((1, 1.0), (curve.At(0.001).FalsePositives, curve.At(0.001).Rate.Value));
        Assert.Equal(0, curve.At(0.0009).Rate.Value);
    }

    [Fact]
    public void Thinned_points_are_points_of_the_curve_and_keep_its_ends_and_those_without_false_positives()
    {
        var scores = Enumerable.Range(0, 4000).Select(index => Normal.InvCDF(
            index < 2000 ? 1 : 0, 1, (index % 2000 + 0.5) / 2000)).ToArray();
        var curve = RocCurve.Of(scores, [.. scores.Select((_, index) => index < 2000)]);
        var thinned = curve.Thinned();
        Assert.InRange(thinned.Count, 50, 200);
        Assert.Subset(
            curve.Points.Select(point => (point.FalsePositives / 2000.0, point.TruePositives / 2000.0)).ToHashSet(),
            thinned.Select(point => (point[0], point[1])).ToHashSet());
        Assert.Equal((0, 1, 1), (thinned[0][0], thinned[^1][0], thinned[^1][1]));
        Assert.Equal(curve.At(0).Rate.Value, thinned[0][1]);
    }

    [Fact]
    public void Intervals_are_those_of_an_independent_transcription()
    {
        foreach (var line in Fixture.Read("privacy.json").GetProperty("intervals").EnumerateArray())
        {
            var numbers = Fixture.Numbers(line);
            var found = RocCurve.Interval((long)numbers[0], (long)numbers[1]);
            Assert.Equal(numbers[2], found[0], 1e-9);
            Assert.Equal(numbers[3], found[1], 1e-9);
        }
    }

    [Fact]
    public void Rates_are_those_of_an_independent_transcription()
    {
        var fixture = Fixture.Read("privacy.json");
        bool[] member = [.. fixture.GetProperty("member").EnumerateArray().Select(one => one.GetBoolean())];
        foreach (var curve in fixture.GetProperty("curves").EnumerateArray())
        {
            var found = RocCurve.Of(Fixture.Numbers(curve.GetProperty("scores")), member);
            Assert.Equal(curve.GetProperty("at5").GetInt32(), found.At(0.05).Rate.Value * found.Members, 1e-9);
            Assert.Equal(curve.GetProperty("at20").GetInt32(), found.At(0.2).Rate.Value * found.Members, 1e-9);
        }
    }

    [Fact]
    public void A_threshold_is_chosen_on_one_half_and_measured_on_the_other()
    {
        // Members and non-members alternate: chosen on the same examples the best threshold is right on more than half.
        double[] scores = [.. Enumerable.Range(0, 400).Select(index => (double)index)];
        bool[] member = [.. scores.Select(score => score % 2 == 0)];
        var (members, nonMembers) = BalancedAccuracy.Count(scores, member, null, RandomKey.Of(1));
        Assert.InRange(members + nonMembers, 180, 220);
        Assert.Equal((200, 200), BalancedAccuracy.Count(
            [.. scores.Select(score => -score % 2)], member, null, RandomKey.Of(1)));
        // One member in four is seen in either half, and a threshold that is its own score finds it in one alone.
        var (found, _) = BalancedAccuracy.Count([4, 1, 3, 2], [true, true, false, false], null, RandomKey.Of(0));
        Assert.InRange(found, 0, 1);
    }

    [Fact]
    public void Images_that_are_alike_are_found_as_often_as_they_are_confused()
    {
        double[] scores = [.. Enumerable.Range(0, 2000).Select(index => (double)index)];
        const int Splits = 200;
        var (outside, sum) = (0, 0.0);
        for (var split = 0; split < Splits; split++)
        {
            var member = new bool[scores.Length];
            foreach (var place in Permutation.Of(RandomKey.Of(split), scores.Length).Take(scores.Length / 2))
                member[place] = true;
            var rate = RocCurve.Of(scores, member).At(0.01).Rate;
            sum += rate.Value;
            outside += rate.Interval[0] > 0.01 || rate.Interval[1] < 0.01 ? 1 : 0;
        }
        // Members count above the eleventh of 1,000 non-members, whose 1,001 gaps have equally many on average.
        Assert.Equal(11 / 1001.0, sum / Splits, 1e-3);
        Assert.InRange(outside, 0, 0.05 * Splits);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(2.5)]
    public void Intervals_of_known_Gaussians_cover_the_true_rate(double mean)
    {
        var (members, nonMembers, draws) = (1000, 5000, 100);
        bool[] member = [.. Enumerable.Range(0, members + nonMembers).Select(index => index < members)];
        double[] rates = [0.001, 0.01];
        var (missed, narrow, width) = (new int[2], 0, 0.0);
        for (var draw = 0; draw < draws; draw++)
        {
            var random = new System.Random(draw);
            var curve = RocCurve.Of(
                [.. member.Select(one => Normal.InvCDF(one ? mean : 0, 1, random.NextDouble()))], member);
            foreach (var (place, most) in rates.Index())
            {
                var truth = Normal.CDF(0, 1, mean - Normal.InvCDF(0, 1, 1 - most));
                var rate = curve.At(most).Rate;
                missed[place] += Misses(rate.Interval, truth) ? 1 : 0;
                var alone = RocCurve.Interval((long)Math.Round(rate.Value * members), members);
                narrow += place == 0 && Misses(alone, truth) ? 1 : 0;
                width += place == 1 ? (rate.Interval[1] - rate.Interval[0]) / draws : 0;
            }
        }
        Assert.All(missed, count => Assert.InRange(count, 0, 0.05 * draws));
        // The interval of the members alone covers far less than 95 %.
        Assert.InRange(narrow, 0.15 * draws, draws);
        Assert.InRange(width, 0.05, 0.25);

        static bool Misses(IReadOnlyList<double> interval, double truth) => truth < interval[0] || truth > interval[1];
    }

    [Fact]
    public void The_interval_is_from_the_thresholds_that_the_non_members_admit()
    {
        // Ten members above each of the highest non-members. Of 5,000, at 0.1 %, a binomial number is below 1 or above
        // 11 with 0.7 and 0.5 %; of 100 even 0 is not rare.
        bool[] Members(int nonMembers) => [.. Enumerable.Range(0, 11 * nonMembers).Select(index => index % 11 < 10)];
        double[] Scores(int nonMembers) => [.. Enumerable.Range(0, 11 * nonMembers).Select(index => -(double)index)];
        var rate = RocCurve.Of(Scores(5000), Members(5000)).At(0.001).Rate;
        Assert.Equal(60 / 50_000.0, rate.Value);
        Assert.Equal(
            [ClopperPearson.Lower(10, 50_000, 0.0125), 1 - ClopperPearson.Lower(50_000 - 120, 50_000, 0.0125)],
            rate.Interval);
        Assert.Equal(0, RocCurve.Of(Scores(100), Members(100)).At(0.01).Rate.Interval[0]);
    }

    [Fact]
    public void Without_false_positives_allowed_or_with_ties_the_interval_has_the_rate_and_nothing_surer()
    {
        var perfect = RocCurve.Of([2, 2, 1, 1], TwoOfFour);
        Assert.Equal((1, 0, 1), (perfect.At(0).Rate.Value, perfect.At(0).Rate.Interval[0],
            perfect.At(0).Rate.Interval[1]));
        // Whether a tenth of the non-members, or less, is at the members' score is not known of a hundred of them.
        double[] scores = [.. Enumerable.Repeat(1.0, 110), .. Enumerable.Repeat(0.0, 90)];
        bool[] member = [.. scores.Select((_, index) => index < 100)];
        Assert.Equal((1, 0, 1), RocCurve.Of(scores, member).At(0.1).Rate is var tied
            ? (tied.Value, tied.Interval[0], tied.Interval[1]) : default);
        var all = RocCurve.Of([.. member.Select(_ => 1.0)], member).At(0.1).Rate;
        Assert.Equal((0, 0), (all.Value, all.Interval[0]));
        Assert.InRange(all.Interval[1], 0.01, 0.05);
    }

    [Fact]
    public void Each_class_gets_a_threshold_of_its_own()
    {
        // Confidence 10 and 9 in one class, 1 and 0 in the other, 40 examples each.
        int[] all = [.. Enumerable.Range(0, 80)];
        double[] scores = [.. all.Select(index => (index < 40 ? 10.0 : 1) - index % 2)];
        bool[] member = [.. all.Select(index => index % 2 == 0)];
        long[] classes = [.. all.Select(index => index / 40L)];
        Assert.Equal((40, 40), BalancedAccuracy.Count(scores, member, classes, RandomKey.Of(1)));
        var (members, nonMembers) = BalancedAccuracy.Count(scores, member, null, RandomKey.Of(1));
        Assert.InRange(members + nonMembers, 50, 65);
    }

    [Fact]
    public void A_class_of_one_kind_gets_the_threshold_of_all()
    {
        double[] scores = [5, 5, 5, 5, 1, 1, 1, 1, 4, 4];
        bool[] member = [true, true, true, true, false, false, false, false, true, true];
        var groups = scores.Select((_, index) => index < 8 ? 0L : 1).ToArray();
        // The threshold of all is 5 where no 4 is in the half, else 4.
        var (members, nonMembers) = BalancedAccuracy.Count(scores, member, groups, RandomKey.Of(3));
        Assert.Equal(4, nonMembers);
        Assert.InRange(members, 4, 6);
        Assert.Equal(5, BalancedAccuracy.Threshold(scores, member, [0, 4]));
        Assert.Null(BalancedAccuracy.Threshold(scores, member, [0, 1]));
    }
}
