using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>
/// Measures clean and robust accuracy example by example. Work goes in fixed blocks in the order of the examples; an
/// attack sees only those of a block that nothing has broken yet. An example's noise is a function of the key, the attack
/// and the example's index in the data set, so it does not depend on the batch size.
/// </summary>
/// <param name="classifier">Evaluated in evaluation mode; left as it was.</param>
/// <param name="threat">The admissible perturbations.</param>
/// <param name="key">The random key of this evaluation.</param>
/// <param name="batchSize">Images a block.</param>
/// <param name="parts">The threads that attacks run on.</param>
public sealed class RobustnessEvaluator(Classifier classifier, ThreatModel threat, RandomKey key, int batchSize, BatchParts parts)
{
    /// <summary>Evaluates some images.</summary>
    /// <param name="data">The images.</param>
    /// <param name="indices">The data-set index of each example.</param>
    /// <param name="attacks">One after the other; none measures clean accuracy alone.</param>
    /// <param name="stopRequested">Asked before each block and attack.</param>
    /// <returns>The result, or null where a stop was requested.</returns>
    /// <exception cref="InvalidOperationException">An attack broke its declared bound or left the box: its figures would mean nothing.</exception>
    public EvaluationResult? Run(ImageData data, IReadOnlyList<long> indices, IReadOnlyList<IAttack> attacks, Func<bool>? stopRequested = null)
    {
        using var evaluation = classifier.InEvaluationMode();
        var clean = new List<bool>(indices.Count);
        var robust = new List<bool>(indices.Count);
        foreach (var block in indices.Chunk(batchSize))
        {
            using var scope = NewDisposeScope();
            var (images, labels) = data.Batch(tensor(block, device: data.Images.device));
            var correct = Correct(images, labels);
            clean.AddRange(correct);
            var standing = (bool[])correct.Clone();
            foreach (var attack in attacks)
            {
                if (stopRequested?.Invoke() == true)
                    return null;
                Attack(attack, images, labels, block, standing);
            }
            robust.AddRange(standing);
        }
        return new(string.Join("+", attacks.Select(attack => attack.Name)), clean, robust);
    }

    private void Attack(IAttack attack, Tensor images, Tensor labels, long[] indices, bool[] standing)
    {
        using var scope = NewDisposeScope();
        var rows = Enumerable.Range(0, standing.Length).Where(row => standing[row]).Select(row => (long)row).ToArray();
        if (rows.Length == 0)
            return;
        var index = tensor(rows, device: images.device);
        var (originals, truth) = (images.index_select(0, index), labels.index_select(0, index));
        var random = RandomSource.ForExamples(key.With(attack.Name), [.. rows.Select(row => indices[row])]);
        var adversarial = parts.Map(rows.Length, (first, count) => attack.Perturb(
            classifier,
            originals.narrow(0, first, count),
            (attack.Goal ?? GoalKind.Margin).For(truth.narrow(0, first, count)),
            threat,
            random.Part(first, count, rows.Length))) ?? throw new InvalidOperationException($"The attack {attack.Name} returned no images.");
        BoundCheck.Assert(threat.Violation(originals, adversarial, attack.Bound(threat)).item<float>(), attack.Name);
        foreach (var (row, stands) in rows.Zip(Correct(adversarial, truth)))
            standing[row] = stands;
    }

    private bool[] Correct(Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return [.. classifier.Predict(images).eq(labels).cpu().data<bool>()];
    }
}
