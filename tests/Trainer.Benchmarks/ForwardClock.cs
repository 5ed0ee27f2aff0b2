using System.Diagnostics;
using Trainer.Engine.Training;
using Trainer.Robustness;

namespace Trainer.Benchmarks;

/// <summary>Times forwards of the network in training, on the threads and batches that its attacks use.</summary>
internal sealed class ForwardClock : TrainingHook
{
    private TrainingRun? run;

    public override void OnRunStart(TrainingRun run) => this.run = run;

    /// <summary>Milliseconds of some forwards of a batch.</summary>
    public double Milliseconds(int forwards)
    {
        var (current, rows) = (run ?? throw new InvalidOperationException("The run has not begun."),
            run.Recipe.Train.BatchSize);
        using var scope = NewDisposeScope();
        var images = rand(
            rows, current.Data.Train.Shape.Channels, current.Data.Train.Shape.Height, current.Data.Train.Shape.Width);
        var clock = Stopwatch.StartNew();
        current.Workers.Map(
            rows, (first, count) => Forward(current.Model.Network, images.narrow(0, first, count), forwards));
        return clock.Elapsed.TotalMilliseconds;
    }

    private static Tensor Forward(Classifier network, Tensor images, int times)
    {
        using var noGrad = no_grad();
        for (var time = 1; time < times; time++)
        {
            using var logits = network.Logits(images);
        }
        return network.Logits(images);
    }
}
