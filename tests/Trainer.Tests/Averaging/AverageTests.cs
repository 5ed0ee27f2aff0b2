using System.Text.Json.Nodes;
using TorchSharp.Modules;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Networks;
using Trainer.Engine.Training;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Models;
using Trainer.Tests.Training;

namespace Trainer.Tests.Averaging;

public sealed class AverageTests
{
    private static JsonNode BatchNorm => JsonNode.Parse("""{ "type": "conv-small-bn" }""")!;

    [Fact]
    public void The_moving_average_is_the_recurrence_over_all_steps_with_batch_norms_statistics_copied()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        var weights = new Recorder("conv2.weight");
        run.Train(TinyRun.Recipe(("model", BatchNorm), ("average", Average("""{ "type": "ema", "decay": 0.5 }"""))), weights);
        var expected = weights.Start!;
        foreach (var (step, value) in weights.Values.Index())
        {
            var decay = Math.Min(0.5, (1.0 + step) / (10 + step));
            expected = decay * expected + (1 - decay) * value;
        }
        using var average = run.Newest().OpenTensors(CheckpointFiles.Average);
        using var model = run.Newest().OpenTensors(CheckpointFiles.Model);
        TensorAssert.Close(expected, average.Read("conv2.weight"), 1e-6);
        TensorAssert.Different(model.Read("conv2.weight"), average.Read("conv2.weight"));
        foreach (var buffer in (string[])["bn1.running_mean", "bn1.running_var", "bn2.running_mean", "bn2.running_var",
            "bn2.num_batches_tracked"])
            TensorAssert.Same(model.Read(buffer), average.Read(buffer));
        Assert.Equal(12, model.Read("bn2.num_batches_tracked").item<long>());
        Assert.Equal(("average", "average"), (average.Metadata["weights"], average.Metadata["measured"]));
        Assert.Equal(("model", "average"), (model.Metadata["weights"], model.Metadata["measured"]));
    }

    [Fact]
    public void The_plain_mean_has_the_statistics_of_the_training_images()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        var weights = new Recorder("conv1.weight");
        var recipe = TinyRun.Recipe(("model", BatchNorm), ("average", Average("""{ "type": "swa", "fromEpoch": 1, "everySteps": 2 }"""))).Value;
        run.Train(TinyRun.Recipe(("model", BatchNorm), ("average", Average("""{ "type": "swa", "fromEpoch": 1, "everySteps": 2 }"""))), weights);
        using var average = run.Newest().OpenTensors(CheckpointFiles.Average);
        // Six steps an epoch: the mean of the weights after steps 8, 10 and 12.
        TensorAssert.Close(
            (weights.Values[7] + weights.Values[9] + weights.Values[11]) / 3, average.Read("conv1.weight"), 1e-6);

        using var data = recipe.Data.Load([]);
        using var network = new ConvSmallBn().Build(data.Train.Shape, 2);
        StateLoader.Load(average, network);
        var convolution = network.modules().OfType<Conv2d>().First();
        using var noGrad = no_grad();
        using var order = new Engine.Data.Sampler(data.Train.Count, 16, recipe.Seed).Epoch(0, 0, CPU);
        var outputs = Enumerable.Range(0, 6).Select(batch => convolution.call(
            data.Train.Batch(order.Rows(batch)).Images).transpose(0, 1).flatten(1)).ToList();
        TensorAssert.Close(
            stack([.. outputs.Select(output => output.mean([1]))]).mean([0]), average.Read("bn1.running_mean"), 1e-5);
        TensorAssert.Close(
            stack([.. outputs.Select(output => output.var(1))]).mean([0]), average.Read("bn1.running_var"), 1e-5);
    }

    [Fact]
    public void Measuring_raw_weights_gives_the_run_without_an_average()
    {
        using var folder = new TemporaryFolder();
        var (without, raw, averaged) = (new TinyRun(folder.At("1")), new TinyRun(folder.At("2")),
            new TinyRun(folder.At("3")));
        without.Train(TinyRun.Recipe());
        raw.Train(TinyRun.Recipe(("average", Average("""{ "type": "ema", "decay": 0.99 }""")), ("evaluate.weights", "raw")));
        averaged.Train(TinyRun.Recipe(("average", Average("""{ "type": "ema", "decay": 0.99 }"""))));
        Assert.Equal(without.Metrics(), raw.Metrics());
        Assert.NotEqual(without.Metrics(), averaged.Metrics());
        Assert.Equal(Steps(without), Steps(averaged));
    }

    [Fact]
    public void A_checkpoints_evaluation_measures_the_weights_that_its_run_did_unless_asked_otherwise()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        var recipe = TinyRun.Recipe(("train.epochs", 3), ("average", Average("""{ "type": "ema", "decay": 0.99 }"""))).Value;
        run.Train(TinyRun.Recipe(("train.epochs", 3), ("average", Average("""{ "type": "ema", "decay": 0.99 }"""))));
        var finals = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<FinalMetrics>().ToList();
        using var data = recipe.Data.Load([]);
        var source = WeightsSource.Find(run.Newest().Path, _ => { });
        Threads.Use(run.Newest().State.Threads);
        using var averaged = new SavedClassifier(source, recipe.EvaluationPlan, data, CPU);
        var same = Evaluator(averaged).Run("same").Single().Line;
        Assert.Equal((finals[1].Test.Clean, finals[1].Test.Robust), (same.Test.Clean, same.Test.Robust));
        Assert.Equal(CheckpointFiles.Average, source.Measured);
        using var scope = NewDisposeScope();
        var raw = recipe with { Evaluate = recipe.Evaluate with { Weights = WeightsChoice.Raw } };
        using var unaveraged = new SavedClassifier(source, raw.EvaluationPlan, data, CPU);
        TensorAssert.Different(Evaluator(averaged).Logits(), Evaluator(unaveraged).Logits());

        FinalEvaluator Evaluator(SavedClassifier saved) =>
            new(saved.Classifier, recipe.EvaluationPlan, data, saved.Workers);
    }

    [Fact]
    public void A_recipe_that_measures_an_average_that_it_lacks_is_refused()
    {
        var exception = Assert.Throws<TrainerException>(() => TinyRun.Recipe(("evaluate.weights", "average")));
        Assert.Contains(
            "evaluate.weights: found \"average\", but the recipe averages no weights", exception.Message,
            StringComparison.Ordinal);
    }

    private static JsonNode Average(string json) => JsonNode.Parse(json)!;

    private static List<string> Steps(TinyRun run) =>
        [.. run.Metrics().Where(line => line.Contains("\"type\":\"step\"", StringComparison.Ordinal))];

    /// <summary>A parameter at the start and after every step.</summary>
    private sealed class Recorder(string key) : TrainingHook
    {
        public Tensor? Start { get; private set; }

        public List<Tensor> Values { get; } = [];

        public override void OnRunStart(TrainingRun run) => Start = Of(run);

        public override void OnStep(TrainingRun run) => Values.Add(Of(run));

        private Tensor Of(TrainingRun run) => run.Model.Network.Network.get_parameter(key)!.detach().clone();
    }
}
