using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Trainer.Engine.Devices;
using Trainer.Engine.Training;
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
    [InlineData("""{ "type": "awp", "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } } }""", "linf", 2)]
    // A margin does not say what it is a function of.
    [InlineData("""{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 2, "goal": "margin" } }""", "linf", 0)]
    public void A_run_of_replays_has_the_bits_of_one_of_operators(string objective, string norm, int recordings)
    {
        using var folder = new TemporaryFolder();
        (string, JsonNode?)[] changes = [("objective", JsonNode.Parse(objective)), ("threat.norm", norm), ("train.batchSize", 28), ("train.labelSmoothing", 0.1), ("train.attackSmoothedLabels", true)];
        var called = Train(folder.At("called"), null, changes);
        var hook = new Replaying();
        var replayed = Train(folder.At("replayed"), hook, changes);
        Assert.Equal(called, replayed);
        Assert.Empty(hook.Warnings);
        // Whole batches and the last, smaller one.
        Assert.Equal(recordings, hook.Recordings);
        Assert.Equal(recordings > 0, hook.Replays > 2 * recordings);
    }

    [Fact]
    public void A_radius_that_grows_is_not_recorded_until_it_is_whole()
    {
        using var folder = new TemporaryFolder();
        (string, JsonNode?)[] changes = [("train.epsilonWarmupEpochs", 1), ("train.epochs", 3)];
        var hook = new Replaying();
        Assert.Equal(Train(folder.At("called"), null, changes), Train(folder.At("replayed"), hook, changes));
        Assert.InRange(hook.Recordings, 1, 2);
    }

    [Fact]
    public void A_network_in_training_mode_is_not_recorded()
    {
        using var folder = new TemporaryFolder();
        (string, JsonNode?)[] changes = [("model", JsonNode.Parse("""{ "type": "conv-small-bn" }""")), ("batchNorm", JsonNode.Parse("""{ "attack": "train" }"""))];
        var hook = new Replaying();
        Assert.Equal(Train(folder.At("called"), null, changes), Train(folder.At("replayed"), hook, changes));
        Assert.Equal(0, hook.Recordings);
    }

    [Fact]
    public void A_replay_that_knows_its_first_batch_alone_is_found_on_the_second()
    {
        using var folder = new TemporaryFolder();
        var hook = new Replaying { Stale = true };
        Assert.Equal(Train(folder.At("called"), null), Train(folder.At("replayed"), hook));
        Assert.StartsWith("cudaGraphs: found that a replay of (Pgd { ", Assert.Single(hook.Warnings), StringComparison.Ordinal);
        Assert.Equal(2, hook.Replays);
    }

    [Fact]
    public void Work_that_cannot_be_recorded_is_called()
    {
        using var folder = new TemporaryFolder();
        var hook = new Replaying { Refuses = true };
        Assert.Equal(Train(folder.At("called"), null), Train(folder.At("replayed"), hook));
        Assert.EndsWith("cannot be recorded, so its operators are called one by one: operation not permitted when stream is capturing", Assert.Single(hook.Warnings), StringComparison.Ordinal);
    }

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

    private static string Train(string folder, Replaying? hook, params (string, JsonNode?)[] changes)
    {
        var run = new TinyRun(folder);
        run.Train(TinyRun.Recipe([.. changes.Select(change => (change.Item1, change.Item2?.DeepClone()))]), hook ?? new Replaying { Off = true });
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
                run.UseGraphs(new OperatorGraphs(Record, Warnings.Add));
        }

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

    private sealed class Graph(Action replay) : IOperatorGraph
    {
        public void Replay() => replay();

        public void Dispose()
        {
            // Holds nothing.
        }
    }

    private sealed class RefusedException(string message) : ExternalException(message);
}
