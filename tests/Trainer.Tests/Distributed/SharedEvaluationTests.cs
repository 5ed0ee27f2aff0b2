using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Engine.Evaluation.Verification;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Evaluation.Checks;
using Trainer.Tests.Training;

namespace Trainer.Tests.Distributed;

/// <summary>What several processes measure together is what one measures, and each measures a part of it.</summary>
public sealed class SharedEvaluationTests : IDisposable
{
    private static readonly EvaluationPlan Plan = TinyRun.Recipe(("threat.epsilon", 0.2), ("evaluate.batchSize", 8))
        .Value.EvaluationPlan.WithChecks(16);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Masking_checks() => AreTheSame(processes =>
    {
        using var images = Patterns.Images(16);
        using var network = Patterns.Network();
        using var classifier = new Classifier(network, 4);
        using var alone = new BatchWorkers(CPU, threads: 1);
        var results = string.Join("; ", MaskingChecks.Run(
            classifier, Plan, images, "data", alone, new() { Processes = processes }));
        return (results, classifier.Passes.Forward);
    });

    [Fact]
    public void Corruptions() => AreTheSame(processes =>
    {
        using var classifier = new TinyNetwork(new float[2, 64], [1, 0]).Classifier;
        using var data = new ImageData(
            zeros([4, 1, 8, 8], ScalarType.Byte), tensor(new long[] { 0, 0, 1, 0 }), ["a", "b"]);
        var report = new CorruptionEvaluator(classifier, RandomKey.Of(3), 2) { Processes = processes }
            .Run(data, [0, 1, 2, 3], "w")!;
        return ($"{report.Clean} {string.Join("; ", report.Results)}", classifier.Passes.Forward);
    });

    [Fact]
    public void Bounds() => AreTheSame(processes =>
    {
        using var made = new SyntheticImages { Count = 250 }.Load([]);
        var data = new DataSplits(made.Train, made.Validation, made.Train, "three blocks");
        using var network = new PreciseNetwork { Of = new ConvSmall(), Single = true }.Build(new(1, 8, 8), 2);
        using var classifier = new Classifier(network.children().OfType<Module>().Single(), 2);
        var own = folder.At($"{processes.Size}");
        var found = new FinalVerification(classifier, Plan, data, BoundMethod.Ibp).Run(
            250, new(processes.IsFirst ? own : null) { Processes = processes })!;
        processes.Barrier();
        return (string.Join("; ", found.Examples) + File.ReadAllText(Assert.Single(
            Directory.GetFiles(own, "ledger.jsonl", SearchOption.AllDirectories))), 0);
    });

    [Fact]
    public void Images_without_finite_logits_are_counted_as_by_one_process()
    {
        string Message(int size) => Assert.Throws<NonFiniteLogitsException>(() => ThreadCollectives.Run(
            size, processes =>
            {
                using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
                using var masked = new MaskedNetwork(input => network.call(where(
                    input > 0.45, full_like(input, float.NaN), input)));
                using var classifier = new Classifier(masked, 2);
                using var data = new ImageData(
                    tensor((byte[])[0, 1, 100, 2, 100, 100, 0, 3]).reshape(8, 1, 1, 1),
                    zeros(8, ScalarType.Int64), ["a", "b"]);
                using var alone = new BatchWorkers(CPU, threads: 1);
                return new RobustnessEvaluator(
                    classifier, new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomKey.Of(1), 2, alone)
                {
                    Processes = processes,
                }.Run(data, [0, 1, 2, 3, 4, 5, 6, 7], [new Fgsm()]);
            })).Message;

        Assert.Contains("at 1 of 4 images under fgsm", Message(1), StringComparison.Ordinal);
        Assert.Equal(Message(1), Message(3));
    }

    [Fact]
    public void A_collapse_that_one_process_alone_sees_rolls_all_back() => Assert.All(
        RolledBack(new SeesNothingFinite()), outcome => Assert.Equal(0, outcome.ExitCode));

    [Fact]
    public void A_roll_back_for_which_the_first_process_finds_no_checkpoint_ends_all() => Assert.Contains(
        "There is no checkpoint to go back to.",
        Assert.Throws<TrainerException>(() => RolledBack(new SeesNothingFinite(folder.At("run")))).Message,
        StringComparison.Ordinal);

    private List<RunOutcome> RolledBack(TrainingHook hook) => ThreadCollectives.Run(
        2, processes => new TinyRun(folder.At("run")) { Processes = processes, Threads = 1 }.Train(
            DividedRun.Recipe(("model", "precise"), ("guard.onCollapse", "rollback"), ("train.epochs", 2)), hook));

    /// <summary>Three processes find what one does, and compute it once and not three times.</summary>
    private static void AreTheSame(Func<Collectives, (string Found, long Passes)> measure)
    {
        var alone = Assert.Single(ThreadCollectives.Run(1, measure));
        var shared = ThreadCollectives.Run(3, measure);
        Assert.All(shared, one => Assert.Equal(alone.Found, one.Found));
        // Each process also looks at a few images to see whether the network draws random numbers.
        Assert.InRange(shared.Sum(one => one.Passes), alone.Passes, 2 * alone.Passes);
    }

    /// <summary>A hook, of the first process alone, that once finds logits that are not finite.</summary>
    /// <param name="emptied">A run folder whose checkpoints it then deletes; null for none.</param>
    private sealed class SeesNothingFinite(string? emptied = null) : TrainingHook
    {
        private bool hasSeen;

        public override AccuracyMetrics? Evaluate(TrainingRun run)
        {
            if (hasSeen)
                return null;
            hasSeen = true;
            if (emptied is not null)
            {
                // A thread of its own writes the first one.
                Assert.True(SpinWait.SpinUntil(
                    () => Checkpoints() is [_, ..] all && all.All(one => Path.GetFileName(one)[0] != '.'),
                    TimeSpan.FromMinutes(1)));
                foreach (var checkpoint in Checkpoints())
                    Directory.Delete(checkpoint, recursive: true);
            }
            throw new NonFiniteLogitsException(1, 2);

            string[] Checkpoints() => Directory.GetDirectories(emptied!, "*-step-*");
        }
    }
}
