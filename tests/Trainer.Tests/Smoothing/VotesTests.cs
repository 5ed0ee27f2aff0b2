using Trainer.Robustness.Metrics;
using Trainer.Robustness.Smoothing;

namespace Trainer.Tests.Smoothing;

public sealed class VotesTests
{
    private static readonly SmoothingOptions Options = new() { Sigma = 0.5, N = 1000, Alpha = 0.05 };

    // Φ⁻¹(p), and the probability that the bound of 1,000 draws at α = 0.05 is above p: by the binomial distribution.
    [Theory]
    [InlineData(0.7, 0.5244005127080407, 0.0446)]
    [InlineData(0.9, 1.2815515655446004, 0.0485)]
    [InlineData(0.99, 2.3263478740408408, 0.0287)]
    public void Certificates_of_20000_cases_fail_as_often_as_the_binomial_gives(
        double probability, double quantile, double rate)
    {
        const int cases = 20_000;
        var random = new System.Random(1);
        var cumulative = Cumulative(probability);
        var fails = Enumerable.Range(0, Options.N + 1).Select(count =>
            new Votes([count, Options.N - count]).Certify(0, Options).Radius > Options.Sigma * quantile).ToArray();
        var failed = Enumerable.Range(0, cases).Count(_ =>
        {
            var place = Array.BinarySearch(cumulative, random.NextDouble());
            return fails[Math.Min(place < 0 ? ~place : place, Options.N)];
        });
        // A two-sided interval would fail about half as often.
        var deviation = Math.Sqrt(cases * rate * (1 - rate));
        Assert.InRange(failed, (cases * rate) - (4 * deviation), (cases * rate) + (4 * deviation));
    }

    [Fact]
    public void All_votes_for_a_class_certify_the_largest_radius_and_none_for_it_abstain()
    {
        var options = new SmoothingOptions { Sigma = 1 };
        Assert.Equal(3.81, new Votes([0, 100_000]).Certify(1, options).Radius!.Value, 5e-3);
        Assert.Equal(3.20, new Votes([10_000]).Certify(0, options).Radius!.Value, 5e-3);
        Assert.Null(new Votes([0, 100_000]).Certify(0, options).Radius);
        Assert.Equal(0, ClopperPearson.Lower(0, 10, 0.05));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClopperPearson.Lower(10, 10, 1.5));
    }

    /// <summary>In steps of 1e-13 of the bound it would take minutes.</summary>
    [Theory]
    [InlineData(10_000)]
    [InlineData(20_000)]
    public void One_success_of_many_trials_has_a_bound_close_below_the_exact_one(long trials)
    {
        // The probability of no success is 1 − α: 1 − (1 − α)^(1 / n), of which higher powers are below 1e-21.
        var share = -Math.Log(0.999) / trials;
        var exact = share * (1 - (share / 2));
        Assert.InRange(ClopperPearson.Lower(1, trials, 0.001) / exact, 1 - 1e-9, 1 + 1e-9);
    }

    [Fact]
    public void The_bound_grows_with_the_votes_and_with_alpha()
    {
        foreach (var trials in (long[])[10, 1000, 100_000])
        {
            var bounds = Enumerable.Range(0, 11).Select(tenth => ClopperPearson.Lower(
                trials * tenth / 10, trials, 0.001)).ToList();
            Assert.Equal(bounds.Order(), bounds);
            Assert.All(bounds.Index(), bound => Assert.InRange(bound.Item, 0, bound.Index / 10.0));
            Assert.InRange(ClopperPearson.Lower(trials / 2, trials, 0.001), 0,
                ClopperPearson.Lower(trials / 2, trials, 0.01));
        }
    }

    [Fact]
    public void A_prediction_abstains_where_the_two_largest_counts_may_be_equal()
    {
        // Of ten votes, nine and more for one side have a p-value of 2 · 11 / 1024.
        Assert.Equal(1, new Votes([1, 9, 0]).Predict(0.0215));
        Assert.Null(new Votes([1, 9, 0]).Predict(0.0214));
        Assert.Null(new Votes([500, 500]).Predict(0.5));
        Assert.Equal(2, new Votes([0, 1, 900]).Predict(0.001));
    }

    private static double[] Cumulative(double probability)
    {
        var binomial = new Binomial(Options.N, probability);
        return [.. Enumerable.Range(0, Options.N + 1).Select(count => binomial.AtMost(count))];
    }
}
