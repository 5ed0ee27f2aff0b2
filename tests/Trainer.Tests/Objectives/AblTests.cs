using System.Text.Json.Nodes;
using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Metrics;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Distributed;
using Trainer.Tests.Training;

namespace Trainer.Tests.Objectives;

/// <summary>Anti-backdoor learning on losses that are worked out by hand.</summary>
public sealed class AblTests : IDisposable
{
    // Logits (a, 0) of class 0 have the cross-entropy log(1 + exp(−a)): log 2, log 4/3 and log 5/4 here.
    private static readonly float[] Values = [0, MathF.Log(3), MathF.Log(4)];
    private static readonly double[] Losses = [Math.Log(2), Math.Log(4.0 / 3), Math.Log(1.25)];
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TinyNetwork network = new(new float[,] { { 2 }, { 0 } });

    public void Dispose()
    {
        network.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData(AblTuning.Flooding, 0.25)]
    [InlineData(AblTuning.Flooding, 0.5)]
    [InlineData(AblTuning.LocalGradientAscent, 0.25)]
    [InlineData(AblTuning.LocalGradientAscent, 0.5)]
    public void Tuning_descends_above_gamma_and_ascends_below_it(AblTuning tuning, double gamma)
    {
        var mean = Losses.Average();
        var sign = Math.Sign(mean - gamma);
        var expected = tuning == AblTuning.Flooding ? sign * (mean - gamma) + gamma : sign * mean;
        var loss = Loss(new Abl { Tuning = tuning, Gamma = gamma }, epoch: 1, isolated: null);
        Assert.Equal(expected, loss.item<float>(), 1e-6);
        var plain = Gradient(new Standard(), 1, null);
        TensorAssert.Close(plain * sign, Gradient(new Abl { Tuning = tuning, Gamma = gamma }, 1, null), 1e-6);
    }

    [Fact]
    public void Fine_tuning_leaves_the_isolated_rows_out_and_unlearning_ascends_on_them()
    {
        var abl = new Abl { TuningEpochs = 1, FineTuningEpochs = 1, IsolationRate = 0.25 };
        var others = (Losses[0] + Losses[2]) / 2;
        Assert.Equal(others, Loss(abl, 2, [false, true, false]).item<float>(), 1e-6);
        // The mean over isolated rows, of which 0.25 · 3 are expected in a batch.
        Assert.Equal(others - Losses[1] / 0.75, Loss(abl, 3, [false, true, false]).item<float>(), 1e-6);
        Assert.Equal(Losses.Average(), Loss(abl, 3, [false, false, false]).item<float>(), 1e-6);
        Assert.Equal(-Losses.Sum() / 0.75, Loss(abl, 3, [true, true, true]).item<float>(), 1e-6);
        // The row's class has the probability 3/4.
        Assert.Equal(others - Math.Log(1 - 0.75) / 0.75, Loss(abl with { Unlearning = AblUnlearning.Unlikelihood }, 3,
            [false, true, false]).item<float>(), 1e-6);
        Assert.Equal([null, null, 5e-4], new[] { 1L, 2, 3 }.Select(abl.LearningRate));
    }

    [Fact]
    public void The_images_of_the_smallest_loss_are_isolated()
    {
        Assert.Equal([3, 1], IsolatedRows.Smallest([5, 0.2, 7, 0.1, 0.3, 9, 8, 6, 4, 0.2], 0.25));
        Assert.Equal([0], IsolatedRows.Smallest([1, 2, 3], 0.01));
        // Of logits (a, 0), where a is 2 / 255 · byte, class 0 has the loss log(1 + exp(−a)), class 1 log(1 + exp(a)).
        byte[] bytes = [0, 255, 100, 30];
        using var images = new ImageData(tensor(bytes).reshape(4, 1, 1, 1), tensor([0L, 0, 1, 0]), ["a", "b"]);
        var losses = IsolatedRows.Losses(network.Classifier, images, blockSize: 3);
        foreach (var (value, sign, loss) in bytes.Zip([-1, -1, 1, -1], losses))
            Assert.Equal(Math.Log(1 + Math.Exp(sign * 2 * value / 255.0)), loss, 1e-6);
        Assert.Equal([1, 3], IsolatedRows.Smallest(losses, 0.5));
    }

    [Fact]
    public void A_run_isolates_once_and_unlearns_at_a_learning_rate_of_its_own()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(
            ("objective", Json), ("train.epochs", 3),
            ("data", JsonNode.Parse("""{ "type": "synthetic", "count": 64 }"""))));
        var lines = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).ToList();
        var epochs = lines.OfType<EpochMetrics>().Select(line => line.Isolation).ToList();
        Assert.Equal(16, epochs[0]!.Images);
        Assert.Null(epochs[0]!.Precision);
        Assert.Equal(epochs[0], epochs[2]);
        // No epoch before unlearning is the best.
        Assert.Equal(3, run.Newest().State.Epoch);
        Assert.Equal(run.Newest().State.GlobalStep, run.Newest().State.Best!.Step);
        using var state = run.Newest().OpenTensors("state");
        using var rows = state.Read("isolation.rows");
        Assert.Equal((64, 16), (rows.shape[0], rows.sum().item<long>()));
        var rates = lines.OfType<StepMetrics>().Select(line => (line.Epoch, line.LearningRate)).ToList();
        Assert.Equal(2e-3, rates.Last(rate => rate.Epoch == 2).LearningRate);
        Assert.NotEqual(2e-3, rates.Last(rate => rate.Epoch == 1).LearningRate);
    }

    [Fact]
    public void Steps_leave_the_isolated_rows_out_and_then_ascend_on_them()
    {
        // The first pixel, bright in a quarter of the rows, is learnt first: these are isolated, and it is in no other.
        using var folder = new TemporaryFolder();
        var images = zeros(16, 1, 2, 2);
        images[..4, 0, 0, 0] = 255;
        images[4..10, 0, 0, 1] = 20;
        images[10.., 0, 1, 0] = 20;
        var labels = arange(16, ScalarType.Int64).le(9).to(ScalarType.Int64);
        foreach (var name in (string[])["train", "test"])
            SafetensorsWriter.Write(
                folder.At(name), [("images", images.to(ScalarType.Byte)), ("labels", labels)],
                new Dictionary<string, string>());
        var recipe = TinyRun.Recipe(
            ("objective", Json), ("train.epochs", 3), ("optimizer", JsonNode.Parse(
                """{ "type": "sgd", "learningRate": 1, "momentum": 0, "weightDecay": 0 }""")),
            ("data", JsonNode.Parse($$"""
                { "type": "safetensors", "train": "{{folder.At("train")}}", "test": "{{folder.At("test")}}",
                  "classes": 2 }
                """))).Value with
        { Model = new TinyArchitecture(new float[2, 4]) };
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        var step = new TrainingStep(run);
        var found = new List<(double Weight, double Bias)>();
        for (var epoch = 0; epoch < 3; epoch++)
        {
            using var batches = run.Batches(0, epoch);
            step.Run(batches, learningRate: 0.5);
            (run.Position.Step, run.Position.Epoch) = (epoch + 1, epoch + 1);
            run.State.Isolated!.AfterEpoch(run);
            var layer = run.Model.Network.Network.named_parameters().ToDictionary(item => item.name, item =>
                (item.parameter[1] - item.parameter[0]).detach().to(ScalarType.Float64));
            found.Add((layer["linear.weight"][0].item<double>(), layer["linear.bias"].item<double>()));
        }
        // The gradient of a logit's difference is half in the mean over 16, of which 4 have the pixel.
        Assert.Equal(2 * 0.5 * 0.5 * 4 / 16, found[0].Weight, 1e-6);
        Assert.Equal([0L, 1, 2, 3], run.State.Isolated!.Tensors.Single().Tensor.nonzero().flatten().data<long>());
        Assert.Equal(found[0].Weight, found[1].Weight);
        var doubt = 1 / (1 + Math.Exp(found[1].Weight + found[1].Bias));
        Assert.Equal(found[1].Weight - 2 * 0.5 * doubt, found[2].Weight, 1e-6);
    }

    [Fact]
    public void Noise_rows_are_clean_rows_of_the_truth()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["train", "test"])
            SafetensorsWriter.Write(
                folder.At(name), [("images", (arange(40 * 64, ScalarType.Int64) % 251).to(ScalarType.Byte)
                    .reshape(40, 1, 8, 8)), ("labels", arange(40, ScalarType.Int64) % 2)],
                new Dictionary<string, string>());
        var run = new TinyRun(folder.At("run"));
        // Of 32 training images 8 have the trigger and 16 noise; all but one are isolated.
        var objective = Json!.AsObject();
        objective["isolationRate"] = 0.97;
        run.Train(TinyRun.Recipe(
            ("objective", objective), ("train.epochs", 3), ("evaluate.final", new JsonArray()),
            ("data", JsonNode.Parse($$"""
                { "type": "safetensors", "train": "{{folder.At("train")}}", "test": "{{folder.At("test")}}",
                  "classes": 2, "validation": 8, "poison": { "type": "wanet", "target": 0, "rate": 0.25 } }
                """))));
        var isolation = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<EpochMetrics>().First()
            .Isolation!;
        Assert.Equal(31, isolation.Images);
        var caught = isolation.Recall!.Value * 8;
        Assert.InRange(caught, 7, 8);
        Assert.Equal(caught / 31, isolation.Precision!.Value, 1e-12);
    }

    [Fact]
    public void What_cannot_be_isolated_is_refused()
    {
        var error = Assert.Throws<TrainerException>(() => TinyRun.Recipe(("objective", Json), ("train.epochs", 2)));
        Assert.Contains("train.epochs: found 2, but the objective unlearns the isolated images after 2 epochs",
            error.Message, StringComparison.Ordinal);
        var recipe = TinyRun.Recipe(("objective", Json), ("train.epochs", 3)).Value;
        error = Assert.Throws<TrainerException>(() => ThreadCollectives.Run(2, processes =>
        {
            using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU, processes: processes);
            return 0;
        }));
        Assert.Contains("trains in one process alone", error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.Recipe, error.Kind);
    }

    private static JsonNode? Json => JsonNode.Parse("""
        { "type": "abl", "tuningEpochs": 1, "fineTuningEpochs": 1, "isolationRate": 0.25, "unlearningRate": 0.002 }
        """);

    private Tensor Loss(IObjective objective, int epoch, bool[]? isolated)
    {
        // The network doubles the value: logits (2v, 0).
        var images = tensor(Values).reshape(3, 1, 1, 1) / 2;
        var targets = new Targets(zeros(3, ScalarType.Int64))
        {
            Isolated = isolated is null ? null : tensor(isolated),
        };
        var classifier = network.Classifier;
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 };
        return objective.Loss(
            new(new(classifier), classifier, images, targets, threat, RandomSource.ForBatch(RandomKey.Of(1)),
                new Dictionary<string, Tensor>(), epoch), null).Loss;
    }

    private Tensor Gradient(IObjective objective, int epoch, bool[]? isolated)
    {
        Loss(objective, epoch, isolated).backward();
        var weight = network.parameters().First();
        var gradient = weight.grad!.clone();
        weight.grad!.zero_();
        return gradient;
    }
}
