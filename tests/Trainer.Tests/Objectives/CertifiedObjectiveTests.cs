using TorchSharp;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Models;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Objectives;

/// <summary>What the objectives on bounds have in common, and where they meet.</summary>
public sealed class CertifiedObjectiveTests : IDisposable
{
    private static readonly Pgd Attack = new() { Steps = 3 };
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 0.05 };
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Module network = new Cnn4 { Width = 1, Hidden = 16 }.Build(new(1, 8, 8), 3);
    private readonly Classifier classifier;
    private readonly Tensor images;
    private readonly Tensor labels = tensor([0L, 1, 2, 2, 1, 0, 1, 2]);

    public CertifiedObjectiveTests()
    {
        var random = RandomSource.ForBatch(RandomKey.Of(4));
        using var noGrad = no_grad();
        foreach (var parameter in network.parameters())
            parameter.add_(0.3 * random.Normal(parameter));
        images = random.Uniform(zeros(8, 1, 8, 8));
        classifier = new(network, 3);
    }

    public void Dispose()
    {
        classifier.Dispose();
        network.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void At_the_ends_of_their_weights_they_are_one_another()
    {
        var ibp = Loss(new Ibp());
        Same(ibp, Loss(new Sabr { Attack = Attack, Lambda = 1 }));
        Same(ibp, Loss(new MtlIbp { Attack = Attack, Alpha = 1 }));
        Same(ibp, Loss(new CrownIbp { LossFusion = false }));
        Same(Loss(new Ibp { Kappa = 1 }), Loss(new Standard()));
        Same(Loss(new Standard()), Loss(new Ibp(), Threat with { Epsilon = 0 }));
        Same(Loss(new Standard()), Loss(new CrownIbp { Kappa = 1 }, Threat.Scaled(0.5), regularization: 0));
        // The boxes of the middle, which ball and box leave less room.
        Assert.InRange(Loss(new Sabr { Attack = Attack, Lambda = 0.4 }), Loss(new Standard()), ibp - 1e-3);
    }

    [Fact]
    public void The_radius_is_the_threat_models_times_the_factor()
    {
        var wide = new Ibp { Bounds = new() { EpsilonFactor = 2 } };
        Same(Loss(new Ibp(), Threat with { Epsilon = 0.1 }), Loss(wide));
    }

    [Fact]
    public void Kappa_and_the_regularisers_follow_the_warm_up()
    {
        var (clean, worst) = (Loss(new Standard()), Loss(new Ibp(), Threat with { Epsilon = 0.0125 }));
        var objective = new Ibp { InitialKappa = 0.8, Kappa = 0.4 };
        var quarter = Threat.Scaled(0.25);
        Same((0.7 * clean) + (0.3 * worst), Loss(objective, quarter, regularization: 0));
        var one = Loss(objective, quarter, regularization: 1) - Loss(objective, quarter, regularization: 0);
        Assert.InRange(one, 0.01, 10);
        Same(one / 2, Loss(objective, quarter, regularization: 0.5) - Loss(objective, quarter, regularization: 0));
        Same(0, Loss(objective, regularization: 1) - Loss(objective, regularization: 0));
    }

    [Fact]
    public void Linear_bounds_are_mixed_down_to_intervals_as_epsilon_grows()
    {
        var half = Threat.Scaled(0.5);
        var bounds = new TrainingBounds(classifier, images, labels, new(images, half));
        var margins = (0.5 * bounds.LowerByCrown()) + (0.5 * bounds.Lower);
        var expected = nn.functional.cross_entropy(-margins, labels).item<float>();
        Same(expected, Loss(new CrownIbp { InitialKappa = 0, LossFusion = false }, half, regularization: 0));
    }

    [Fact]
    public void The_fused_loss_is_an_upper_bound_of_the_worst_case_and_exact_at_a_point()
    {
        var early = (Threat with { Epsilon = 1 }).Scaled(1e-5);
        var fused = Loss(new CrownIbp { InitialKappa = 0 }, early, regularization: 0);
        var attacked = Loss(new MtlIbp { Attack = Attack, Alpha = 0 }, early, regularization: 0);
        Assert.InRange(fused, attacked, 2 * attacked);
        Same(Loss(new Standard()), Loss(
            new CrownIbp { InitialKappa = 0 }, (Threat with { Epsilon = 1 }).Scaled(0), regularization: 0));
    }

    [Theory]
    // The middle is the adversarial pixel, moved until the box of radius 0.04 is inside [0.4, 0.6], [0, 0.1], [0.9, 1].
    [InlineData(0.5, 0.6, 0.4, 0.52, 0.6)]
    [InlineData(0.5, 0.52, 0.4, 0.48, 0.56)]
    [InlineData(0, 0, 0.4, 0, 0.08)]
    [InlineData(1, 0.9, 0.4, 0.9, 0.98)]
    // A box of radius 0.08 does not fit into the last two.
    [InlineData(0.5, 0.4, 0.8, 0.4, 0.56)]
    [InlineData(0, 0.03, 0.8, 0, 0.1)]
    [InlineData(1, 1, 0.8, 0.9, 1)]
    public void Sabr_bounds_the_box_near_the_adversarial_image_inside_the_ball_and_the_range_of_pixels(
        double image, double adversarial, double lambda, double lower, double upper)
    {
        using var scope = NewDisposeScope();
        foreach (var (weight, least) in (ReadOnlySpan<(double, double)>)[(1, lower), (-1, -upper)])
        {
            // The margin of class 0 is ± the only pixel.
            using var layer = nn.Linear(1, 2, hasBias: false);
            using (no_grad())
                layer.weight.copy_(tensor(new[] { weight, 0.0 }).reshape(2, 1));
            using var single = nn.Sequential(nn.Flatten(), layer);
            using var whole = new Classifier(single, 2);
            var batch = new TrainingBatch(
                new(whole), whole, full(1, 1, 1, 1, (float)image), new(tensor([0L])), Threat with { Epsilon = 0.1 },
                RandomSource.ForBatch(RandomKey.Of(1)), new Dictionary<string, Tensor>());
            var objective = new Sabr { Attack = Attack, Lambda = lambda, Bounds = new() { Regularization = 0 } };
            var loss = objective.Loss(batch, full(1, 1, 1, 1, (float)adversarial)).Loss.item<float>();
            Assert.Equal(Math.Log(1 + Math.Exp(-least)), loss, 1e-6);
        }
    }

    [Fact]
    public void Clean_images_alone_update_the_running_statistics_once()
    {
        var buffers = network.named_buffers().ToDictionary(pair => pair.name, pair => pair.buffer);
        List<Tensor> After(IObjective objective)
        {
            using var kept = new BufferSnapshot(network);
            Loss(objective);
            return [.. buffers.Values.Select(buffer => buffer.clone())];
        }

        var expected = After(new Standard());
        IObjective[] all = [new Ibp(), new CrownIbp(), new Sabr { Attack = Attack, Lambda = 0.3 },
            new MtlIbp { Attack = Attack, Alpha = 0.3 }];
        foreach (var objective in all)
            foreach (var (one, other) in expected.Zip(After(objective)))
                TensorAssert.Same(one, other);
    }

    [Fact]
    public void A_network_with_dropout_is_refused()
    {
        using var dropping = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(64, 3));
        using var whole = new Classifier(dropping, 3);
        Assert.StartsWith("Found dropout in training mode, of which no bounds can be computed",
            Assert.Throws<NotSupportedException>(() => ((IObjective)new Ibp()).Prepare(whole)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Adversarial_images_meet_the_clean_images_statistics()
    {
        // Of the clean images themselves it is the clean loss.
        var still = new Pgd { Steps = 0, RandomStart = false };
        Same(Loss(new Standard()), Loss(new MtlIbp { Attack = still, Alpha = 0 }));
    }

    [Fact]
    public void Attacks_have_the_radius_of_the_bounds()
    {
        var wide = new BoundTraining { EpsilonFactor = 2 };
        IObjective[] all = [new Sabr { Attack = Attack, Lambda = 0.3, Bounds = wide },
            new MtlIbp { Attack = Attack, Alpha = 0.3, Bounds = wide }];
        foreach (var objective in all)
        {
            Assert.Equal(0.1, objective.Bound(Threat), 1e-12);
            var adversarial = objective.Perturb(Batch(Threat))!;
            Assert.Equal(0.1, (adversarial - images).abs().max().item<float>(), 1e-6);
        }
    }

    [Fact]
    public void Their_step_in_image_units_grows_with_the_warm_up_alone()
    {
        var objective = new MtlIbp
        {
            Attack = new Pgd { Steps = 1, StepSize = 0.01, RandomStart = false },
            Alpha = 0.3,
            Bounds = new() { EpsilonFactor = 2 },
        };
        Assert.Equal(0.01, Moved(Threat), 1e-6);
        Assert.Equal(0.01, Moved(Threat.Scaled(1)), 1e-6);
        Assert.Equal(0.005, Moved(Threat.Scaled(0.5)), 1e-6);

        float Moved(ThreatModel threat) =>
            (((IObjective)objective).Perturb(Batch(threat))! - images).abs().max().item<float>();
    }

    [Fact]
    public void Without_a_warm_up_there_is_a_warning()
    {
        IObjective[] all = [new Ibp(), new CrownIbp(), new Sabr { Attack = Attack, Lambda = 0.3 },
            new MtlIbp { Attack = Attack, Alpha = 0.3 }];
        Assert.All(all, objective => Assert.Contains("without train.epsilonWarmupEpochs", objective.Caution(30, 0)));
        Assert.All(all, objective => Assert.Null(objective.Caution(30, 10)));
        var unregularised = new BoundTraining { Regularization = 0 };
        Assert.Null(new Ibp { Bounds = unregularised }.Caution(30, 0));
        Assert.StartsWith("crown-ibp: without train.epsilonWarmupEpochs it trains on interval bounds alone",
            new CrownIbp { Bounds = unregularised }.Caution(30, 0), StringComparison.Ordinal);
    }

    private static void Same(double expected, double actual) =>
        Assert.Equal(expected, actual, 2e-5 * (1 + Math.Abs(expected)));

    private TrainingBatch Batch(ThreatModel threat) => new(
        new(classifier), classifier, images, new(labels), threat, RandomSource.ForBatch(RandomKey.Of(1)),
        new Dictionary<string, Tensor>());

    private double Loss(IObjective objective, ThreatModel? threat = null, double? regularization = null)
    {
        if (regularization is { } weight)
            objective = objective switch
            {
                Ibp ibp => ibp with { Bounds = ibp.Bounds with { Regularization = weight } },
                CrownIbp crown => crown with { Bounds = crown.Bounds with { Regularization = weight } },
                MtlIbp mtl => mtl with { Bounds = mtl.Bounds with { Regularization = weight } },
                _ => objective,
            };
        network.train();
        var batch = Batch(threat ?? Threat);
        Tensor? adversarial;
        using (classifier.InEvaluationMode())
            adversarial = objective.Perturb(batch);
        return objective.Loss(batch, adversarial).Loss.item<float>();
    }
}
