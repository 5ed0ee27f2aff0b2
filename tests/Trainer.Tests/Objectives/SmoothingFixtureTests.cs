using System.Text.Json;
using TorchSharp;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Random;

namespace Trainer.Tests.Objectives;

/// <summary>
/// Losses, gradients and the attack of the objectives for smoothed networks, as make_smoothing_fixture.py has them, in
/// float64: MACER's quantile loses digits in float32.
/// </summary>
public sealed class SmoothingFixtureTests
{
    private static readonly JsonElement Expected = Fixture.Read("smoothing.json");
    private static readonly double Sigma = Expected.GetProperty("sigma").GetDouble();

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Expected.GetProperty("losses").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradients_equal_PyTorchs(int index)
    {
        using var scope = NewDisposeScope();
        var expected = Expected.GetProperty("losses")[index];
        using var network = Network();
        var batch = Batch(network, expected.GetProperty("smoothed").GetBoolean());
        var objective = Objective(expected);
        var loss = objective.LossUnchecked(batch, objective is SmoothAdv ? Images("adversarial") : null);
        loss.Loss.backward();
        Assert.Equal(1, loss.Loss.item<double>() / expected.GetProperty("loss").GetDouble(), 1e-6);
        foreach (var (parameter, gradient) in network.parameters()
            .Zip(expected.GetProperty("gradients").EnumerateArray()))
        {
            var values = tensor(Fixture.Numbers(gradient)).reshape(parameter.shape);
            TensorAssert.Close(values, parameter.grad!, 1e-6 * Math.Max(1, values.abs().max().item<double>()));
        }
        var predictions = loss.Clean ?? loss.Adversarial!;
        Assert.Equal((objective is SmoothAdv, 7L), (loss.Clean is null, predictions.Logits.shape[0]));
        Assert.False(predictions.Logits.requires_grad);
    }

    [Fact]
    public void The_attack_of_smoothadv_ends_where_PyTorchs_does()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var steps = Expected.GetProperty("steps").GetInt32();
        var objective = new SmoothAdv
        {
            Sigma = Sigma,
            Attack = new Pgd { Steps = steps, StepSize = 2 * Epsilon / steps, RandomStart = false },
        };
        var found = objective.Perturb(Batch(network, smoothed: false))!;
        TensorAssert.Close(Images("attack"), found, 2e-6);
    }

    [Fact]
    public void Attacks_judge_images_by_the_mean_prediction()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var batch = Batch(network, smoothed: false);
        // Without noise every image is right.
        var labels = network.Classifier.Predict(batch.Images);
        var noise = stack([.. Enumerable.Range(0, 4).Select(draw => batch.Random.With(draw).Normal(batch.Images))]);
        var loss = new MeanPredictionLoss(new CrossEntropyLoss(labels), 8 * noise);
        var wrong = loss.At(network.Classifier, batch.Images).Logits.argmax(1).ne(labels);
        Assert.InRange(wrong.sum().item<long>(), 1, 7);
        var attacked = new AttackBatch(network.Classifier, batch.Images, loss, batch.Threat, batch.Random);
        var attack = new Pgd { Steps = 1, RandomStart = false };
        TensorAssert.Close(batch.Images[wrong], attack.Run(attacked).Images[wrong], 0);
    }

    [Fact]
    public void The_best_restart_is_the_one_of_the_highest_loss_of_the_mean_prediction()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var images = Batch(network, smoothed: false).Images;
        var random = RandomSource.ForExamples(RandomKey.Of(2), [.. Enumerable.Range(0, 7).Select(row => (long)row)]);
        var noise = stack([.. Enumerable.Range(0, 4).Select(draw => random.With(draw).Normal(images))]);
        // Every mean prediction is the label, before the attack and after it.
        var plain = new CrossEntropyLoss(MeanPrediction(images).argmax(1));
        var threat = new ThreatModel { Norm = Norm.L2, Epsilon = Epsilon / 100 };
        var attacked = new AttackBatch(
            network.Classifier, images, new MeanPredictionLoss(plain, noise), threat, random.With(9))
        {
            StopAtSuccess = false,
        };
        var attack = new Pgd { Steps = 1 };
        var runs = Enumerable.Range(0, 5).Select(
            restart => attack.Run(attacked with { Random = attacked.Random.With(restart) }).Images).ToArray();

        var best = Highest(attacked.Loss);
        Assert.NotEqual(Highest(plain), best);
        var found = (attack with { Restarts = runs.Length }).Run(attacked).Images;
        TensorAssert.Close(stack([.. best.Select((run, row) => runs[run][row])]), found, 0);

        Tensor MeanPrediction(Tensor at) => new MeanPredictionLoss(
            new CrossEntropyLoss(zeros(7, ScalarType.Int64)), noise).Logits(network.Classifier, at);

        long[] Highest(AttackLoss loss) => [.. stack([.. runs.Select(
            run => loss.PerExample(loss.Logits(network.Classifier, run)))]).argmax(0).data<long>()];
    }

    [Fact]
    public void Attacks_without_gradients_do_not_fit_smoothadv()
    {
        var refused = Assert.Throws<ArgumentException>(() => new SmoothAdv { Sigma = Sigma, Attack = new Square() });
        Assert.StartsWith("Found square", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_of_a_batch_have_the_noise_that_they_have_in_the_whole()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var batch = Batch(network, smoothed: false) with
        {
            Random = RandomSource.ForBatch(RandomKey.Of(1)),
        };
        var objective = new SmoothAdv { Sigma = Sigma, Attack = new Pgd { Steps = 3, RandomStart = false } };
        var whole = objective.Perturb(batch)!;
        var parts = cat([objective.Perturb(batch.Part(0, 3))!, objective.Perturb(batch.Part(3, 4))!]);
        TensorAssert.Close(whole, parts, 1e-6);
        TensorAssert.Different(whole, batch.Images);
    }

    [Fact]
    public void Macer_begins_with_the_radius_at_its_epoch()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var batch = Batch(network, smoothed: false);
        double Loss(int epoch, Macer objective) =>
            objective.Loss(batch with { Epoch = epoch }, null).Loss.item<double>();
        var deferred = new Macer { Sigma = Sigma, Draws = 4, FromEpoch = 3 };
        Assert.Equal(Loss(1, deferred with { Lambda = 0 }), Loss(2, deferred));
        Assert.Equal(Loss(1, deferred with { FromEpoch = 1 }), Loss(3, deferred));
        Assert.NotEqual(Loss(2, deferred), Loss(3, deferred));
    }

    private static TwoLayerNetwork Network()
    {
        var network = new TwoLayerNetwork(Expected.GetProperty("weights"));
        network.to(ScalarType.Float64);
        return network;
    }

    private static double Epsilon => Expected.GetProperty("epsilon").GetDouble();

    private static IObjective Objective(JsonElement expected)
    {
        var (draws, options) = (expected.GetProperty("draws").GetInt32(), expected.GetProperty("options"));
        double Option(string name) => options.GetProperty(name).GetDouble();
        return expected.GetProperty("objective").GetString() switch
        {
            "gaussian" => new GaussianNoise { Sigma = Sigma, Draws = draws },
            "smoothadv" => new SmoothAdv { Sigma = Sigma, Draws = draws, Attack = new Pgd { Steps = 1 } },
            "consistency" => new Consistency
            {
                Sigma = Sigma,
                Draws = draws,
                Lambda = Option("lam"),
                Eta = Option("eta"),
            },
            _ => new Macer
            {
                Sigma = Sigma,
                Draws = draws,
                Lambda = Option("lam"),
                Gamma = Option("gamma"),
                Beta = Option("inverse"),
            },
        };
    }

    private static TrainingBatch Batch(TwoLayerNetwork network, bool smoothed)
    {
        var labels = tensor(
            Expected.GetProperty("labels").EnumerateArray().Select(label => label.GetInt64()).ToArray());
        var smooth = tensor(Fixture.Numbers(Expected.GetProperty("smooth"))).reshape(labels.shape[0], -1);
        // The noise has a field of its own, and then the draw.
        var random = new ReplayedRandom(labels.shape[0], (fields, shape) => tensor(
            Fixture.Numbers(Expected.GetProperty("noise")[(int)fields[^1]])).reshape(shape));
        return new(new(network.Classifier), network.Classifier, Images("images"),
            new(labels, smoothed ? smooth : null),
            new() { Norm = Norm.L2, Epsilon = Epsilon }, random, new Dictionary<string, Tensor>());
    }

    private static Tensor Images(string name)
    {
        var rows = Expected.GetProperty(name);
        return tensor(Fixture.Numbers(rows)).reshape(rows.GetArrayLength(), 1, 1, -1);
    }
}
