using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Robustness;
using Trainer.Robustness.Losses;

namespace Trainer.Engine.Training.Perturbations;

/// <summary>
/// Error-minimising noise (Huang et al. 2021, arXiv:2101.04898, and its public code): rounds of some training steps of
/// the recipe's network on the noisy images, then of steps that lower the loss by the noise of all images, in
/// evaluation mode, until the network classifies the noisy images. Noise of a class is the mean of its images' in each
/// batch. It is computed from all training images, where the authors' command takes a fifth of them
/// (<c>--use_subset</c>, <c>universal_train_portion</c> 0.2): there one round is a fifth as many steps of the noise.
/// Initial weights and every draw are of the poison's seed.
/// </summary>
/// <param name="poison">The attack.</param>
/// <param name="run">
/// A run at its beginning, of the recipe without poison and augmentation and with the poison's seed.
/// </param>
public sealed class ErrorMinimisingNoise(Unlearnable poison, TrainingRun run)
{
    private const int BlockSize = 512;

    /// <summary>Computes the noise.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="progress">Takes the round, from 1, and the share of noisy images that are misclassified.</param>
    public void Write(string path, Action<int, double> progress)
    {
        using var scope = NewDisposeScope();
        var data = run.Data.Train;
        poison.Check(data.Shape, data.Classes);
        var shape = data.Shape;
        var noise = zeros(
            [poison.ClassWise ? data.Classes : data.Count, shape.Channels, shape.Height, shape.Width],
            ScalarType.Float32, run.Device);
        for (var round = 1; round <= poison.Rounds; round++)
        {
            Train(noise);
            var error = Lower(noise);
            progress(round, error);
            if (error <= poison.UsedStopError)
                break;
        }
        PerturbedImages.Write(path, Bytes(noise), run.Data.TrainRows);
    }

    private void Train(Tensor noise)
    {
        var step = new TrainingStep(run);
        var learningRate = run.Recipe.Optimizer.LearningRate;
        for (var count = 0; count < poison.TrainSteps; count++)
        {
            using var batches = new NoisyBatches(
                run.Data.Train, run.Sampler.Epoch(0, run.Position.Epoch, run.Device), Noise, noise);
            step.Run(batches, learningRate);
            run.Position.Step++;
            run.Position.StepInEpoch++;
            if (run.Position.StepInEpoch < run.Plan.StepsPerEpoch)
                continue;
            run.Position.Epoch++;
            run.Position.StepInEpoch = 0;
        }
    }

    /// <summary>Steps of the noise over all images.</summary>
    /// <returns>The share of noisy images that are misclassified afterwards.</returns>
    private double Lower(Tensor noise)
    {
        using var noGrad = no_grad();
        using var evaluation = run.Model.Network.InEvaluationMode();
        foreach (var rows in Blocks())
        {
            using var scope = NewDisposeScope();
            var at = tensor(rows, device: run.Device);
            var (images, labels) = run.Data.Train.Batch(at);
            var changed = Steps(run.Model.Network, images, labels, Noise(noise, at, labels));
            if (!poison.ClassWise)
            {
                noise.index_copy_(0, at, changed);
                continue;
            }
            foreach (var label in labels.cpu().data<long>().ToArray().Distinct())
            {
                var mean = changed.index_select(0, labels.eq(label).nonzero().flatten()).mean([0]);
                noise[label].copy_(mean.clamp(-poison.Epsilon, poison.Epsilon));
            }
        }
        var wrong = 0L;
        foreach (var rows in Blocks())
        {
            using var scope = NewDisposeScope();
            var at = tensor(rows, device: run.Device);
            var (images, labels) = run.Data.Train.Batch(at);
            wrong += run.Model.Network.Predict(images.add(Noise(noise, at, labels)).clamp(0, 1)).ne(labels).sum()
                .item<long>();
        }
        return (double)wrong / run.Data.Train.Count;
    }

    private Tensor Steps(Classifier network, Tensor images, Tensor labels, Tensor noise)
    {
        var loss = new CrossEntropyLoss(labels);
        for (var step = 0; step < poison.UsedSteps; step++)
        {
            var noisy = images.add(noise).clamp(0, 1);
            noise = noisy.sub(loss.Gradient(network, noisy).sign().mul(poison.StepSize)).sub(images)
                .clamp(-poison.Epsilon, poison.Epsilon);
        }
        return noise;
    }

    private Tensor Bytes(Tensor noise)
    {
        using var noGrad = no_grad();
        var parts = new List<Tensor>();
        foreach (var rows in Blocks())
        {
            using var scope = NewDisposeScope();
            var at = tensor(rows, device: run.Device);
            var (images, labels) = run.Data.Train.Batch(at);
            parts.Add(PoisonRounding.ToBytes(images.add(Noise(noise, at, labels))).cpu().MoveToOuterDisposeScope());
        }
        return cat([.. parts], 0);
    }

    /// <summary>The noise of some images.</summary>
    private Tensor Noise(Tensor noise, Tensor rows, Tensor labels) =>
        noise.index_select(0, poison.ClassWise ? labels : rows);

    private IEnumerable<long[]> Blocks() =>
        Enumerable.Range(0, (int)run.Data.Train.Count).Select(row => (long)row).Chunk(BlockSize);

    /// <summary>The batches of an epoch with the present noise.</summary>
    private sealed class NoisyBatches(
        ImageData data, EpochOrder order, Func<Tensor, Tensor, Tensor, Tensor> select, Tensor noise) : IEpochBatches
    {
        public long Steps => order.Steps;

        public LabelledImages Batch(long step)
        {
            using var scope = NewDisposeScope();
            var rows = order.Rows(step);
            var (images, labels) = data.Batch(rows);
            return new(
                images.add(select(noise, rows, labels)).clamp(0, 1).MoveToOuterDisposeScope(),
                labels.MoveToOuterDisposeScope(), Rows: rows.MoveToOuterDisposeScope());
        }

        public void Dispose() => order.Dispose();
    }
}
