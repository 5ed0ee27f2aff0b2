using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Evaluation;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Training.Perturbations;

/// <summary>
/// The perturbed images of a label-consistent backdoor: PGD on the cross-entropy of a trained network, from the image
/// itself, with a step of 1.5 ε over the number of steps (Turner et al. 2019, arXiv:1912.02771, and its public code).
/// Rounding to bytes moves a value by at most half a level more.
/// </summary>
/// <param name="poison">The attack.</param>
/// <param name="saved">The trained network.</param>
public sealed class ConsistentImages(LabelConsistent poison, SavedClassifier saved)
{
    private const int BlockSize = 250;

    /// <summary>What the perturbation may do where the recipe does not say.</summary>
    public static ThreatModel UsualThreat { get; } = new() { Norm = Norm.Linf, Epsilon = 16 / 255.0 };

    /// <summary>Perturbs the rows that the poison chooses.</summary>
    /// <param name="data">The clean data.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="progress">Takes how many images of how many are done.</param>
    /// <returns>The network's accuracy on them.</returns>
    public double Write(DataSplits data, string path, Action<long, long> progress)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = saved.Classifier.InEvaluationMode();
        poison.Check(data.Train.Shape, data.Train.Classes);
        var rows = data.RowsFor(poison);
        var places = data.TrainRows.Index().ToDictionary(item => item.Item, item => (long)item.Index);
        var (perturbed, right) = (new List<Tensor>(), 0L);
        foreach (var block in rows.Chunk(BlockSize))
        {
            using var inner = NewDisposeScope();
            var at = tensor(block.Select(row => places[row]).ToArray(), device: data.Train.Device);
            var (images, labels) = data.Train.Batch(at);
            var found = Perturb(images, labels, block);
            right += saved.Classifier.Predict(found).eq(labels).sum().item<long>();
            perturbed.Add(PoisonRounding.ToBytes(found).cpu().MoveToOuterDisposeScope());
            progress(perturbed.Sum(part => part.shape[0]), rows.Count);
        }
        PerturbedImages.Write(path, cat([.. perturbed], 0), rows);
        return (double)right / rows.Count;
    }

    private Tensor Perturb(Tensor images, Tensor labels, long[] rows)
    {
        var threat = poison.Threat ?? UsualThreat;
        IAttack attack = new Pgd
        {
            Steps = poison.Steps,
            StepSize = 1.5 * threat.Epsilon / poison.Steps,
            RandomStart = false,
            Loss = AttackLossKind.CrossEntropy,
        };
        var random = RandomSource.ForExamples(RandomKey.Of(poison.Seed).With("poison").With("perturbation"), rows);
        var found = saved.Workers.Map(rows.Length, Part) ?? images;
        BoundCheck.Assert(threat.Violation(images, found, attack.Bound(threat)).item<float>(), attack.Name);
        return found;

        Tensor? Part(long first, long count)
        {
            var loss = AttackLossKind.CrossEntropy.For(labels.narrow(0, first, count), saved.Classifier.Classes);
            var batch = AttackBatch.Unchecked(
                saved.Classifier, images.narrow(0, first, count), loss, threat, random.Part(first, count, rows.Length));
            return attack.Run(batch with { StopAtSuccess = false }).Images;
        }
    }
}
