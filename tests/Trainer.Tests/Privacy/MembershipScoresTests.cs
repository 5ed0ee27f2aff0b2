using System.Text.Json;
using MathNet.Numerics.Distributions;
using Trainer.Engine.Evaluation.Detection;
using Trainer.Engine.Evaluation.Privacy;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Privacy;

/// <summary>Scores of membership against closed forms and an independent transcription.</summary>
public sealed class MembershipScoresTests
{
    private readonly JsonElement fixture = Fixture.Read("privacy.json");

    [Fact]
    public void Confidence_is_that_of_the_transcription_and_does_not_saturate()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(Fixture.Numbers(fixture.GetProperty("logits"))).reshape(6, 5);
        var labels = tensor(Array.ConvertAll(
            Fixture.Numbers(fixture.GetProperty("labels")), number => (long)number));
        foreach (var (one, other) in Fixture.Numbers(fixture.GetProperty("phi"))
            .Zip(LogitConfidence.Of(logits, labels).data<double>().ToArray()))
            Assert.Equal(one, other, 1e-9);
        // In float32 p_y is 1 at both.
        var sure = LogitConfidence.Of(tensor(new float[] { 50, 0, 60, 0 }).reshape(2, 2), zeros(2, ScalarType.Int64));
        Assert.Equal([50.0, 60], sure.data<double>().ToArray());
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(3.0)]
    [InlineData(-3.0)]
    [InlineData(700.0)]
    [InlineData(-700.0)]
    public void The_loss_is_that_of_the_confidence(double phi)
    {
        var odds = Math.Exp(-Math.Abs(phi));
        var (probability, loss) = phi > 0 ? (1 / (1 + odds), Math.Log(1 + odds))
            : (odds / (1 + odds), Math.Log(1 + odds) - phi);
        Assert.Equal(loss, LogitConfidence.Loss(phi), 1e-12);
        Assert.Equal(probability, LogitConfidence.Probability(phi), 1e-12);
        Assert.Equal(1 - probability, LogitConfidence.ErrorProbability(phi), 1e-12);
        Assert.True(LogitConfidence.Loss(phi) > 0); // Also where p_y is 1 in float64.
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(2.5)]
    public void The_likelihood_ratio_of_known_Gaussians_has_the_analytic_area_and_rate(double mean)
    {
        const int Count = 2000;
        double[] Quantiles(double centre, int count) =>
            [.. Enumerable.Range(0, count).Select(index => Normal.InvCDF(centre, 1, (index + 0.5) / count))];
        bool[] member = [.. Enumerable.Range(0, 2 * Count).Select(index => index < Count)];
        double[] target = [.. Quantiles(mean, Count), .. Quantiles(0, Count)];
        // Each example has a level of its own, which no attack without shadow models can know.
        double[] level = [.. target.Select((_, index) => 10.0 * (index * 7 % 11))];
        double[] observed = [.. target.Zip(level, (value, own) => value + own)];
        ShadowSignals Shadow(bool with, double value) => new(
            [.. level.Select(own => own + value)], [.. member.Select(_ => with)], []);
        var attack = new LikelihoodRatio(
            [.. Quantiles(mean, 20).Select(value => Shadow(true, value)), .. Quantiles(0, 20).Select(value =>
                Shadow(false, value))]);
        foreach (var scores in new[] { attack.Online(observed), attack.Offline(observed) })
        {
            Assert.Equal(
                Normal.CDF(0, 1, mean / Math.Sqrt(2)), RankedScores.Auc(scores, member)!.Value, 1e-3);
            // The threshold is above the 21st of the non-members, at a rate of 1.025 %.
            Assert.Equal(Normal.CDF(0, 1, mean - Normal.InvCDF(0, 1, 1 - 20.5 / Count)),
                RocCurve.Of(scores, member).At(0.01).Rate.Value, 1e-3);
        }
        Assert.InRange(RankedScores.Auc(observed, member)!.Value, 0.49, 0.56);
    }

    [Theory]
    [InlineData(LikelihoodRatio.LeastForOwnDeviation, 2.0, 6.0)]
    [InlineData(LikelihoodRatio.LeastForOwnDeviation - 2, 4.472135954999579, 4.472135954999579)] // √20
    public void Offline_each_example_has_its_own_deviation_only_with_many_shadow_models(
        int models, double first, double second)
    {
        // Without the examples the confidences are 1 ± 2 and −3 ± 6; with them something else.
        var attack = new LikelihoodRatio(
        [
            .. Enumerable.Range(0, models).Select(index => index % 4 < 2
                ? new ShadowSignals(index % 2 == 0 ? [-1, -9] : [3, 3], [false, false], [])
                : new ShadowSignals([50.0 * index, -7.0 * index], [true, true], [])),
        ]);
        var scores = attack.Offline([4, -6]);
        Assert.Equal(3 / first, scores[0], 1e-12);
        Assert.Equal(-3 / second, scores[1], 1e-12);
    }

    [Fact]
    public void With_many_shadow_models_each_example_has_its_own_deviations()
    {
        // With the example 1 and 3: N(2, 1). Without it −2 and 2: N(0, 4).
        ShadowSignals[] Both(bool with, double low, double high) =>
        [
            .. Enumerable.Range(0, LikelihoodRatio.LeastForOwnDeviation / 2).Select(index => new ShadowSignals(
                [index % 2 == 0 ? low : high], [with], [])),
        ];
        var attack = new LikelihoodRatio([.. Both(true, 1, 3), .. Both(false, -2, 2)]);
        foreach (var phi in (double[])[-1, 0.5, 4])
        {
            Assert.Equal(
                -(phi - 2) * (phi - 2) / 2 + phi * phi / 8 + Math.Log(2), attack.Online([phi])[0], 1e-12);
            Assert.Equal(phi / 2, attack.Offline([phi])[0], 1e-12);
        }
    }

    [Fact]
    public void LiRA_and_RMIA_are_those_of_an_independent_transcription()
    {
        var target = Target();
        var shadows = Shadows();
        var attack = new LikelihoodRatio(shadows);
        Close("online", attack.Online(target.Phi));
        Close("offline", attack.Offline(target.Phi));
        foreach (var run in fixture.GetProperty("rmia").EnumerateArray())
            Assert.Equal(
                Fixture.Numbers(run.GetProperty("scores")),
                new Rmia(shadows).Scores(target, run.GetProperty("a").GetDouble()));
        foreach (var curve in fixture.GetProperty("curves").EnumerateArray())
            Assert.Equal(
                curve.GetProperty("auc").GetDouble(),
                RankedScores.Auc(Fixture.Numbers(curve.GetProperty("scores")), target.IsMember)!.Value, 1e-12);

        void Close(string name, double[] found)
        {
            foreach (var (one, other) in Fixture.Numbers(fixture.GetProperty(name)).Zip(found))
                Assert.Equal(one, other, 1e-9);
        }
    }

    [Fact]
    public void The_share_a_is_chosen_by_attacking_the_first_shadow_model()
    {
        var shadows = Shadows();
        var chosen = new Rmia(shadows).ChooseA();
        var places = Enumerable.Range(0, shadows[0].Phi.Length).ToArray();
        var others = new Rmia([.. shadows[1..]]);
        double Auc(double a) => RankedScores.Auc(others.Scores(shadows[0], a), shadows[0].IsMember)!.Value;
        Assert.Equal(Enumerable.Range(0, 11).Max(tenths => Auc(tenths / 10.0)), Auc(chosen));
        // Of two halves none has seen what the other has not.
        bool[] rest = [.. shadows[0].IsMember.Select(one => !one)];
        ShadowSignals[] halves = [shadows[0], shadows[1] with { IsMember = rest }];
        Assert.Equal(0.3, new Rmia(halves).ChooseA());
        Assert.Equal(0.3, new Rmia(halves[..1]).ChooseA());
        // A model on the complement would know the members by what it has not seen.
        ShadowSignals Complement(double phi) =>
            new(Array.ConvertAll(rest, _ => phi), rest, shadows[0].Population);
        foreach (var phi in (double[])[-5, -2, 0, 2, 5])
            Assert.Equal(chosen, new Rmia([.. shadows, Complement(phi)]).ChooseA());
    }

    [Fact]
    public void An_example_that_every_shadow_model_has_seen_has_no_score() =>
        Assert.Throws<ArgumentException>(() => new LikelihoodRatio([new([1], [true], [])]).Offline([1]));

    private ShadowSignals Target() => new(
        Fixture.Numbers(fixture.GetProperty("target")), Flags(fixture.GetProperty("member")),
        Fixture.Numbers(fixture.GetProperty("populationTarget")));

    private ShadowSignals[] Shadows() =>
    [
        .. fixture.GetProperty("shadows").EnumerateArray().Select(Fixture.Numbers)
            .Zip(fixture.GetProperty("inside").EnumerateArray().Select(Flags),
                fixture.GetProperty("populationShadows").EnumerateArray().Select(Fixture.Numbers))
            .Select(shadow => new ShadowSignals(shadow.First, shadow.Second, shadow.Third)),
    ];

    private static bool[] Flags(JsonElement list) => [.. list.EnumerateArray().Select(one => one.GetBoolean())];
}
