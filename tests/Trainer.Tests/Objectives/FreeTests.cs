using System.Text.Json.Nodes;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Training;

namespace Trainer.Tests.Objectives;

public sealed class FreeTests
{
    // Class 1 grows with the first value and falls with the second; the third decides nothing.
    private static readonly float[,] Weight = { { 0, 0, 0 }, { 2, -1, 0 } };

    [Fact]
    public void The_perturbation_moves_by_epsilon_and_stays_with_its_position()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight);
        var memory = new Free().State(new([3, 1, 1, 3], 2, 3))
            .ToDictionary(entry => entry.Key, entry => zeros([.. entry.Value.Shape]));
        var delta = memory.Values.Single();

        Step(network, memory, 0.5f, [0, 1, 0]);
        // Away from the class: class 0 is left by raising class 1.
        TensorAssert.Close(
            tensor(new[,] { { 0.1f, -0.1f, 0 }, { -0.1f, 0.1f, 0 }, { 0.1f, -0.1f, 0 } }), delta.reshape(3, 3), 1e-6);

        // Another batch, of two rows alone: the third's perturbation stays. Those of the first two continue from where
        // they were.
        var adversarial = Step(network, memory, 0.95f, [1, 1]);
        TensorAssert.Close(
            tensor(new[,] { { 1f, 0.85f, 0.95f }, { 0.85f, 1f, 0.95f } }), adversarial.reshape(2, 3), 1e-6);
        TensorAssert.Close(
            tensor(new[,] { { -0.05f, 0f, 0 }, { -0.1f, 0.05f, 0 }, { 0.1f, -0.1f, 0 } }), delta.reshape(3, 3), 1e-6);
    }

    [Fact]
    public void Parts_of_a_batch_take_their_own_rows()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight);
        var memory = new Free().State(new([3, 1, 1, 3], 2, 3))
            .ToDictionary(entry => entry.Key, entry =>
                (Tensor)(0.01f * arange(9, ScalarType.Float32).reshape([.. entry.Value.Shape])));
        var batch = Batch(network, memory, 0.5f, [0, 1, 0]);
        var whole = new Free().Perturb(batch)!;
        TensorAssert.Same(whole.narrow(0, 1, 2), new Free().Perturb(batch.Part(1, 2))!);
        TensorAssert.Same(whole.narrow(0, 2, 1), new Free().Perturb(batch.Part(1, 2).Part(1, 1))!);
    }

    [Fact]
    public void Epochs_are_divided_by_the_replays()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(Recipe(epochs: 6));
        var lines = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).ToList();
        // Six batches, the last of ten images, each three times.
        Assert.Equal([18L, 36], lines.OfType<EpochMetrics>().Select(line => line.Step));
    }

    [Fact]
    public void A_run_that_crashed_within_series_of_replays_equals_one_that_did_not()
    {
        using var folder = new TemporaryFolder();
        var (whole, broken) = (new TinyRun(folder.At("whole")), new TinyRun(folder.At("broken")));
        whole.Train(Recipe(epochs: 6));
        foreach (var step in (long[])[3, 5, 8, 17, 18, 23, 34])
            Assert.Throws<CrashException>(() => broken.Train(Recipe(epochs: 6), new Crash(step)));
        broken.Train(Recipe(epochs: 6));
        var expected = whole.Tensors();
        Assert.Contains(
            "objective.perturbation", System.Text.Encoding.UTF8.GetString(expected["state.safetensors"]),
            StringComparison.Ordinal);
        foreach (var (name, bytes) in expected)
            Assert.True(bytes.AsSpan().SequenceEqual(broken.Tensors()[name]), $"{name} differs.");
        Assert.Equal(whole.Metrics(), broken.Metrics());
    }

    private static ResolvedRecipe<Recipe> Recipe(int epochs) => TinyRun.Recipe(
        ("data", JsonNode.Parse("""{ "type": "synthetic", "count": 90 }""")), ("train.epochs", epochs),
        ("objective", JsonNode.Parse("""{ "type": "free", "replays": 3 }""")));

    /// <summary>A step that leaves the weights alone.</summary>
    private static Tensor Step(TinyNetwork network, Dictionary<string, Tensor> memory, float value, long[] labels)
    {
        var batch = Batch(network, memory, value, labels);
        var adversarial = new Free().Perturb(batch)!;
        var loss = new Free().Loss(batch, adversarial);
        loss.Loss.backward();
        loss.AfterStep!();
        return adversarial;
    }

    private static TrainingBatch Batch(
        TinyNetwork network, Dictionary<string, Tensor> memory, float value, long[] labels) => new(
        new(network.Classifier), network.Classifier, full([labels.Length, 1, 1, 3], value), new(tensor(labels)),
        new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForBatch(RandomKey.Of(1)), memory);

    private sealed class Crash(long step) : TrainingHook
    {
        public override void OnStep(TrainingRun run)
        {
            if (run.Position.Step == step)
                throw new CrashException();
        }
    }

    private sealed class CrashException : Exception;
}
