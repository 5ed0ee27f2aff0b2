using Trainer.Engine.Data;
using Trainer.Engine.Optimization;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Repair;

/// <summary>
/// Training on clean images: SGD with momentum 0.9 and weight decay 5e-4 in batches of 128, its learning rate falling
/// as half a cosine to zero, as in BackdoorBench but for the batch. The last weights are the result: nothing is chosen
/// by accuracy.
/// </summary>
/// <param name="epochs">How many.</param>
/// <param name="learningRate">The first.</param>
internal sealed class FineTuning(int epochs, double learningRate) : IRepair
{
    private const int BatchSize = 128;

    public string? Run(RepairedNetwork network, CleanImages clean)
    {
        Train(network, clean, "fine-tuning", (images, targets) =>
            targets.CrossEntropy(network.Classifier.Logits(images)).mean());
        return null;
    }

    /// <summary>Minimises a loss.</summary>
    /// <param name="network">The network; in evaluation mode afterwards.</param>
    /// <param name="clean">The images.</param>
    /// <param name="purpose">Decides the order and the random changes of images.</param>
    /// <param name="loss">Of a batch: float [], with its graph.</param>
    /// <param name="afterStep">Called after each update; null for nothing.</param>
    public void Train(
        RepairedNetwork network, CleanImages clean, string purpose,
        Func<Tensor, Robustness.Objectives.Targets, Tensor> loss, Action? afterStep = null)
    {
        var key = network.Key.With(purpose);
        var sampler = new Sampler(
            clean.Trained.Count, (int)Math.Min(BatchSize, clean.Trained.Count), key.Seed, lastBatch: LastBatch.Merge);
        var (schedule, total) = (new Cosine(), epochs * sampler.StepsPerEpoch);
        using var optimizer = new Sgd { LearningRate = learningRate }.Start(network.Parameters);
        network.Module.train();
        for (var step = 0L; step < total;)
        {
            using var order = sampler.Epoch(attempt: 0, step / sampler.StepsPerEpoch, network.Device);
            for (var place = 0L; place < order.Steps; place++, step++)
            {
                using var scope = NewDisposeScope();
                GlobalGenerators.Seed(key.With("modules").With(step));
                var random = RandomSource.ForBatch(key.With("augmentation").With(step));
                var (images, targets) = clean.Batch(order.Rows(place), random);
                network.Parameters.Gradients.zero_();
                loss(images, targets).backward();
                optimizer.Step(learningRate * schedule.Factor(new(step, total, sampler.StepsPerEpoch)));
                afterStep?.Invoke();
            }
        }
        network.Module.eval();
    }
}
