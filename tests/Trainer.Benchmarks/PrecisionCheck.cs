using Trainer.Engine.Training;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;

namespace Trainer.Benchmarks;

/// <summary>
/// What the images that an attack in half precision makes leave of the float32 network, against those of the same
/// attack in float32.
/// </summary>
/// <param name="Half">
/// Images that the network classifies correctly after the attack through its copy in half precision.
/// </param>
/// <param name="Single">The same after the attack through the network itself.</param>
/// <param name="Images">Of so many.</param>
internal sealed record PrecisionCheck(long Half, long Single, long Images)
{
    /// <summary>The difference in accuracy, in points.</summary>
    public double Points => 100.0 * Math.Abs(Half - Single) / Images;

    /// <summary>Attacks all test images of a run with PGD-10 and the same random starts.</summary>
    public static PrecisionCheck Of(TrainingRun run)
    {
        run.Model.AttackNetwork.Refresh();
        return new(Robust(run, run.Model.AttackNetwork.Classifier), Robust(run, run.Model.Network),
            run.Data.Test.Count);
    }

    private static long Robust(TrainingRun run, Classifier attacked)
    {
        using var evaluation = run.Model.Network.InEvaluationMode();
        using var same = attacked.InEvaluationMode();
        var robust = 0L;
        foreach (var rows in Enumerable.Range(0, (int)run.Data.Test.Count).Select(row => (long)row)
            .Chunk(run.Recipe.Train.BatchSize))
        {
            using var scope = NewDisposeScope();
            var (images, labels) = run.Data.Test.Batch(tensor(rows));
            var adversarial = run.Workers.Map(rows.Length, (first, count) =>
            {
                var batch = new AttackBatch(
                    attacked, images.narrow(0, first, count), new CrossEntropyLoss(labels.narrow(0, first, count)),
                    run.Recipe.Threat,
                    RandomSource.ForExamples(RandomKey.Of(0), rows.AsSpan((int)first, (int)count).ToArray()));
                return new Pgd { Steps = 10, StepSize = 0.025 }.Run(batch with { StopAtSuccess = false }).Images;
            });
            using var noGrad = no_grad();
            robust += run.Model.Network.Predict(adversarial!).eq(labels).sum().item<long>();
        }
        return robust;
    }
}
