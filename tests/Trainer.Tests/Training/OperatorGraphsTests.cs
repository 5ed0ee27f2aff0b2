using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Trainer.Engine;
using Trainer.Engine.Devices;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Guards;

namespace Trainer.Tests.Training;

/// <summary>What is recorded and replayed, with graphs of the CPU that carry out what was recorded on the tensors it was recorded with.</summary>
public sealed class OperatorGraphsTests
{
    [Theory]
    [InlineData("""{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } }""", "linf", 2)]
    [InlineData("""{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } }""", "l2", 2)]
    [InlineData("""{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 }, "mix": { "cleanFraction": 0.25 } }""", "linf", 2)]
    [InlineData("""{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 2, "restarts": 2 } }""", "linf", 0)]
    [InlineData("""{ "type": "trades", "beta": 6, "attack": { "type": "pgd", "steps": 2, "gaussianStart": 0.001 } }""", "linf", 2)]
    [InlineData("""{ "type": "fgsm-rs" }""", "linf", 2)]
    [InlineData("""{ "type": "awp", "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } } }""", "linf", 2)]
    // A margin does not say what it is a function of.
    [InlineData("""{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 2, "goal": "margin" } }""", "linf", 0)]
    public void A_run_of_replays_has_the_bits_of_one_of_operators(string objective, string norm, int recordings)
    {
        var hook = Replayed(new(), ("objective", JsonNode.Parse(objective)), ("threat.norm", norm), ("train.batchSize", 28), ("train.labelSmoothing", 0.1), ("train.attackSmoothedLabels", true));
        Assert.Equal(recordings > 0 ? 0 : 1, hook.Warnings.Count);
        // Whole batches and the last, smaller one.
        Assert.Equal(recordings, hook.Recordings);
        Assert.Equal(recordings > 0, hook.Replays > 2 * recordings);
    }

    [Theory]
    [InlineData("""{ "data": { "type": "synthetic", "augment": [{ "type": "mixup", "alpha": 0.4 }] } }""")]
    [InlineData("""{ "model": { "type": "conv-small-bn" }, "batchNorm": { "sets": 2 }, "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 }, "mix": { "cleanFraction": 0.5 } } }""")]
    [InlineData("""{ "train": { "epochs": 2, "batchSize": 28, "attackPrecision": "bfloat16" } }""")]
    public void Replays_see_what_changes_from_batch_to_batch(string changes)
    {
        var hook = Replayed(new(), [.. JsonNode.Parse(changes)!.AsObject().Select(change => (change.Key, change.Value))]);
        Assert.Empty(hook.Warnings);
        Assert.True(hook.Replays > 2 * hook.Recordings && hook.Recordings > 0, $"{hook.Replays} replays of {hook.Recordings} recordings");
    }

    [Fact]
    public void A_radius_that_grows_is_not_recorded_until_it_is_whole()
    {
        var hook = Replayed(new(), ("train.epsilonWarmupEpochs", 1), ("train.epochs", 3));
        Assert.Equal(1, hook.Recordings);
        Assert.Empty(hook.Warnings);
    }

    [Fact]
    public void A_network_in_training_mode_is_not_recorded_and_that_is_said_once()
    {
        var hook = Replayed(new(), ("model", JsonNode.Parse("""{ "type": "conv-small-bn" }""")), ("batchNorm", JsonNode.Parse("""{ "attack": "train" }""")));
        Assert.Equal(0, hook.Recordings);
        Assert.StartsWith("cudaGraphs: this attack is not recorded", Assert.Single(hook.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_replay_that_knows_its_first_batch_alone_is_found_on_the_second()
    {
        var hook = Replayed(new() { Stale = true });
        Assert.StartsWith("cudaGraphs: (Pgd { ", Assert.Single(hook.Warnings), StringComparison.Ordinal);
        Assert.Equal(2, hook.Replays);
    }

    [Fact]
    public void Work_that_cannot_be_recorded_is_called()
    {
        var hook = Replayed(new() { Refuses = true });
        Assert.EndsWith("is not replayed, its operators are called: operation not permitted when stream is capturing", Assert.Single(hook.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_replay_that_fails_is_freed_and_the_work_called()
    {
        var (warnings, freed) = (new List<string>(), 0);
        using var graphs = new OperatorGraphs(work => { work(); return new Graph(() => throw new RefusedException("out of memory"), () => freed++); }, warnings.Add);
        using var input = ones(3);
        for (var time = 0; time < 3; time++)
        {
            using var result = graphs.Run("doubled", [input], inputs => inputs[0] * 2);
            Assert.Equal(6, result.sum().item<float>());
        }
        Assert.Equal("cudaGraphs: doubled of Float32 [3] by [1] is not replayed, its operators are called: out of memory", Assert.Single(warnings));
        Assert.Equal(1, freed);
    }

    [Fact]
    public void A_recording_that_libtorch_does_not_survive_ends_the_run()
    {
        using var graphs = new OperatorGraphs(_ => throw new NotSupportedException("capture was invalidated."), _ => { });
        using var input = ones(3);
        var exception = Assert.Throws<TrainerException>(() => graphs.Run("doubled", [input], inputs => inputs[0] * 2));
        Assert.Equal("cudaGraphs: doubled cannot be recorded, and libtorch cannot go on after it: capture was invalidated. The same line with TRAINER_CUDAGRAPHS=false goes on from the last checkpoint.", exception.Message);
    }

    [Fact]
    public void Another_attack_radius_or_layout_is_other_work()
    {
        var recordings = 0;
        using var graphs = new OperatorGraphs(work => { recordings++; work(); return new Graph(work); }, _ => { });
        using var network = new TinyNetwork(new float[,] { { 1, 2, 3, 4 }, { -1, 0, 1, 5 } });
        network.eval();
        using var classifier = network.Classifier;
        using var images = rand(3, 1, 2, 2);
        using var turned = images.transpose(2, 3);
        var goal = new CrossEntropyGoal(zeros(3, ScalarType.Int64));
        void Attack(Pgd attack, double epsilon, Tensor originals)
        {
            classifier.Graphs = graphs;
            using var replayed = attack.Perturb(classifier, originals, goal, new(Norm.Linf, epsilon), RandomSource.ForBatch(RandomKey.Of(1)));
            classifier.Graphs = null;
            using var called = attack.Perturb(classifier, originals, goal, new(Norm.Linf, epsilon), RandomSource.ForBatch(RandomKey.Of(1)));
            Assert.True(replayed.eq(called).all().item<bool>());
        }

        for (var time = 0; time < 3; time++)
        {
            Attack(new(2, 0.01), 0.1, images);
            Attack(new(2, 0.02), 0.1, images);
            Attack(new(2, 0.02), 0.2, images);
            Attack(new(2, 0.02), 0.2, turned);
        }
        Assert.Equal(4, recordings);
    }

    [Fact]
    public void Nothing_but_training_is_replayed() => Assert.True(Replayed(new()).WasIdle);

    [Fact]
    public void Keys_that_never_come_again_do_not_pile_up()
    {
        var recordings = 0;
        using var graphs = new OperatorGraphs(work => { recordings++; return new Graph(work); }, _ => { });
        using var input = ones(3);
        for (var key = 0; key < 100; key++)
        {
            using var result = graphs.Run(key, [input], inputs => inputs[0] * 2);
            Assert.Equal(6, result.sum().item<float>());
        }
        Assert.Equal(8, recordings);
    }

    [Fact]
    public void Without_a_GPU_it_is_said_and_nothing_is_recorded()
    {
        var log = new LogLines();
        Assert.Null(OperatorGraphs.For(CPU, log.Logger));
        Assert.Equal("cudaGraphs: the run is on cpu; each operator is called", Assert.Single(log.Warnings));
    }

    /// <summary>A run with the hook's graphs has the weights of one without.</summary>
    private static Replaying Replayed(Replaying hook, params (string, JsonNode?)[] changes)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(Train(folder.At("called"), new Replaying { Off = true }, changes), Train(folder.At("replayed"), hook, changes));
        return hook;
    }

    private static string Train(string folder, Replaying hook, (string, JsonNode?)[] changes)
    {
        var run = new TinyRun(folder);
        run.Train(TinyRun.Recipe([.. changes.Select(change => (change.Item1, change.Item2?.DeepClone()))]), hook);
        return Convert.ToHexString(run.Tensors()["model.safetensors"]);
    }

    /// <summary>Gives a run graphs of the CPU.</summary>
    private sealed class Replaying : TrainingHook
    {
        public bool Off { get; init; }

        public bool Refuses { get; init; }

        public bool Stale { get; init; }

        public List<string> Warnings { get; } = [];

        public int Recordings { get; private set; }

        public int Replays { get; private set; }

        public override void OnRunStart(TrainingRun run)
        {
            // Parts of a batch on several threads are the CPU's own way.
            run.UseThreads(1);
            if (!Off)
                run.Graphs = new OperatorGraphs(Record, Warnings.Add);
        }

        /// <summary>Whether the network was without graphs at the end of every epoch.</summary>
        public bool WasIdle { get; private set; } = true;

        public override void OnEpochEnd(TrainingRun run, EpochMetrics line) => WasIdle &= run.AttackNetwork.Classifier.Graphs is null;

        private Graph Record(Action work)
        {
            if (Refuses)
                throw new RefusedException("operation not permitted when stream is capturing\nsomewhere");
            Recordings++;
            work();
            return new Graph(() =>
            {
                Replays++;
                if (!Stale)
                    work();
            });
        }
    }

    private sealed class Graph(Action replay, Action? free = null) : IOperatorGraph
    {
        public void Replay() => replay();

        public void Dispose() => free?.Invoke();
    }

    private sealed class RefusedException(string message) : ExternalException(message);
}
