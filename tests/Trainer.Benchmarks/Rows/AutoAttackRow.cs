using System.Diagnostics;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Training;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// AutoAttack standard on the first 1,000 test images, a quarter of them a round, against the public implementation's
/// order of work in TorchScript. The network is briefly trained, and the radius wider than in training, so that about
/// half of the images remain robust.
/// </summary>
internal sealed class AutoAttackRow : IRow
{
    private const double Epsilon = 0.13;
    private const int Images = 1000;
    private const int Block = 250;
    private const int MostDifferences = 3;

    public string Name => "autoattack-conv-small";

    public bool TakesMinutes => true;

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        var rounds = new Rounds();
        BenchmarkRun.Train("""
            {
              "name": "autoattack", "device": "cpu", "data": { "type": "fashion-mnist" }, "model": { "type": "conv-small" },
              "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 10, "stepSize": 0.025 } },
              "threat": { "norm": "linf", "epsilon": 0.1 },
              "optimizer": { "type": "sgd", "learningRate": 0.1, "momentum": 0.9, "weightDecay": 5e-4, "nesterov": true },
              "schedule": { "type": "one-cycle" }, "train": { "epochs": 2, "attackPrecision": "float32" },
              "evaluate": { "final": [], "checks": null }, "logging": { "tensorBoard": false }, "checkpoint": { "everyMinutes": null }
            }
            """, rounds);
        var differences = rounds.Own.Zip(rounds.Theirs).Count(pair => pair.First != pair.Second);
        var note = $"{rounds.Own.Count(robust => robust)} of {Images} robust, "
            + $"{rounds.Theirs.Count(robust => robust)} for the peer; {rounds.Check}";
        return [new(Name, rounds.Ratios, 1.5, Note: note, Peer: rounds.PeerName),
            new($"{Name}-verdicts", [differences], MostDifferences, AtMost: true,
            Note: "that differ, each with random numbers of its own", Peer: rounds.PeerName)];
    }

    /// <summary>Attacks the trained network, in turn with the peer.</summary>
    private sealed class Rounds : TrainingHook
    {
        public List<double> Ratios { get; } = [];

        /// <summary>Whether each image is robust, by our evaluation.</summary>
        public List<bool> Own { get; } = [];

        /// <summary>The same for the peer.</summary>
        public List<bool> Theirs { get; } = [];

        public string PeerName { get; private set; } = "";

        public string Check { get; private set; } = "";

        public override void OnRunEnd(TrainingRun run)
        {
            if (run.Position.Step < run.Plan.TotalSteps)
                return;
            var weights = Path.GetTempFileName();
            try
            {
                SafetensorsWriter.Write(weights, [.. run.Model.Network.Network.state_dict()
                    .Select(entry => (entry.Key, entry.Value))], new Dictionary<string, string>());
                using var peer = Peer.OfAutoAttack(weights, Epsilon);
                (PeerName, Check) = (peer.Name, peer.Check);
                var evaluator = new RobustnessEvaluator(
                    run.Model.Network, new ThreatModel { Norm = Norm.Linf, Epsilon = Epsilon }, RandomKey.Of(0), Block,
                    run.Workers);
                for (var first = 0; first < Images; first += Block)
                {
                    var clock = Stopwatch.StartNew();
                    var result = evaluator.Run(run.Data.Test, [.. Enumerable.Range(first, Block)
                        .Select(index => (long)index)], [new AutoAttack()])!;
                    var own = clock.Elapsed.TotalMilliseconds;
                    Own.AddRange(result.Robust);
                    var (theirs, verdicts) = peer.Do($"{first} {Block}");
                    Theirs.AddRange(verdicts.Select(verdict => verdict == '1'));
                    Ratios.Add(theirs / own);
                }
            }
            finally
            {
                File.Delete(weights);
            }
        }
    }
}
