using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Safetensors;
using Trainer.Robustness;

namespace Trainer.Engine.Training;

/// <summary>Measures the best checkpoint and the last one on the test images, which nothing before has looked at.</summary>
/// <param name="run">At its end.</param>
/// <param name="store">Where the best checkpoint is.</param>
/// <param name="damaged">Takes each damaged checkpoint that was passed over.</param>
/// <param name="evaluations">Where ledgers and results go, so that a stopped measurement goes on where it was.</param>
public sealed class FinalEvaluator(TrainingRun run, CheckpointStore store, Action<DamagedCheckpoint> damaged, string evaluations)
{
    /// <summary>Measures; each line as soon as it is there, and no more once a stop is requested.</summary>
    public IEnumerable<FinalMetrics> Run(Func<bool> stopRequested)
    {
        if (store.FindBest(damaged) is { } best)
        {
            if (best.State.GlobalStep == run.Position.Step)
            {
                // One network under two names: measured once.
                foreach (var line in Measure("best", run.Measured, stopRequested))
                {
                    yield return line;
                    yield return line with { Checkpoint = "last" };
                }
                yield break;
            }
            using var module = Networks.Build(run.Recipe, run.Data.Train, run.Device, trainable: false);
            using var tensors = best.OpenTensors(run.Recipe.MeasuredWeights);
            StateLoader.Load(tensors, module);
            using var classifier = new Classifier(module, run.Network.Classes, run.Network.Normalisation);
            foreach (var line in Measure("best", classifier, stopRequested))
                yield return line;
        }
        foreach (var line in Measure("last", run.Measured, stopRequested))
            yield return line;
    }

    private IEnumerable<FinalMetrics> Measure(string checkpoint, Classifier classifier, Func<bool> stopRequested) =>
        FinalMeasurement.Run(checkpoint, classifier, run.Recipe, run.Data, run.Parts, stopRequested, evaluations);
}
