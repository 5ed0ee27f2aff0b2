using System.Diagnostics;
using Trainer.Engine.Devices;
using Trainer.Robustness;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Smoothing;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// Draws of a certification against what noise and forward passes alone allow on the same threads, at the best size of
/// a batch.
/// </summary>
internal sealed class CertifyRow : IRow
{
    private const int Draws = 20_000;
    private const double Sigma = 0.25;
    private static readonly int[] BatchSizes = [50, 100, 200, 500, 1000];

    public string Name => "certify-conv-small";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        using var scope = NewDisposeScope();
        using var network = new ConvSmall().Build(new(1, 28, 28), 10);
        using var classifier = new Classifier(network, 10);
        using var workers = new BatchWorkers(CPU, get_num_threads());
        var image = rand(1, 1, 28, 28);
        var smoothed = new SmoothedClassifier(classifier, new() { Sigma = Sigma }) { MapBlocks = workers.Map };
        double Own() => Milliseconds(() => smoothed.Count(image, [0], RandomKey.Of(1), Draws));
        double Floor(int batch) => Milliseconds(() => workers.Map(
            Draws / batch, (first, count) => Forwards(classifier, image, batch, count))?.Dispose());
        Own();
        var best = BatchSizes.MinBy(batch => Math.Min(Floor(batch), Floor(batch)));
        var (ratios, own) = (new List<double>(), double.PositiveInfinity);
        for (var round = 0; round < effort.Rounds; round++)
        {
            var floor = Floor(best);
            var time = Own();
            ratios.Add(floor / time);
            own = Math.Min(own, time);
        }
        return [new(Name, ratios, 0.9, Note: $"{Draws / own * 1000:N0} draws a second; best batch {best}")];
    }

    private static double Milliseconds(Action work)
    {
        var clock = Stopwatch.StartNew();
        work();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static Tensor Forwards(Classifier classifier, Tensor image, int batch, long count)
    {
        using var noGrad = no_grad();
        using var generator = new Generator(1);
        for (var time = 0L; time < count; time++)
        {
            using var scope = NewDisposeScope();
            var noise = randn([batch, .. image.shape[1..]], generator: generator);
            classifier.Logits(noise.mul_(Sigma).add_(image)).argmax(1);
        }
        return zeros(1);
    }
}
