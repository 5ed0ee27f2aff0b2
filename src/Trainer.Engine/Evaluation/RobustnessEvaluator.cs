using System.Diagnostics;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>
/// Measures clean and robust accuracy: the clean images, then one attack after the other, each on the examples that are
/// still classified correctly, in fixed blocks in index order. The noise for an example is a function of (seed, attack,
/// data-set index): the size of the blocks does not change it. Every image that an attack returns is judged once more
/// by the network itself, in batches of a fixed shape, because the last bits of logits depend on it. That verdict
/// counts, not the attack's; an image whose margin is within rounding of zero counts as misclassified, too. A network
/// that draws random numbers has the same ones in each evaluation. It is attacked on one thread, and its attacks by
/// gradient ascent take all their steps, so that no lucky draw ends them; each image is judged by one pass.
/// </summary>
/// <param name="classifier">The network. Evaluated in evaluation mode and left in its own.</param>
/// <param name="threat">The admissible perturbations.</param>
/// <param name="key">Where the randomness comes from.</param>
/// <param name="blockSize">Images a block.</param>
/// <param name="workers">The threads that attacks run on.</param>
public sealed class RobustnessEvaluator(
    Classifier classifier, ThreatModel threat, RandomKey key, int blockSize, BatchWorkers workers)
{
    // A margin below this share of the greatest logit is one that another processor may turn.
    private const float Rounding = 1e-4f;

    // Of the images: with more of them within rounding the accuracy depends on how these are counted.
    private const double FewTies = 0.001;

    private const string DrawsText = "The network draws random numbers: each accuracy is that of one pass over the "
        + "images, and another pass has another one. A robust accuracy needs the mean over many, and the attack "
        + "autoattack-rand or eot.";

    private readonly FixedBatches fixedBatches = new(classifier);

    // Images of the block under way at which logits or the attack's images are not finite, or a gradient was NaN.
    private long nonFinite;
    private long nanGradients;

    /// <summary>Called before each attack and after each block.</summary>
    public Action<EvaluationProgress>? Progress { get; init; }

    /// <summary>The processes that share the blocks; each of them calls the same.</summary>
    public Collectives Processes { get; init; } = OneProcess.Instance;

    /// <summary>Evaluates some images.</summary>
    /// <param name="data">The images.</param>
    /// <param name="indices">The data-set index of each example.</param>
    /// <param name="attacks">One after the other; none measures clean accuracy alone.</param>
    /// <param name="stopRequested">
    /// Asked before each block, and by several processes all the time, on another thread. What one process answers
    /// stops all, each after the block that it computes.
    /// </param>
    /// <param name="ledger">
    /// Keeps each block, and has those of an evaluation that was begun before; null for none. Of several processes the
    /// first alone has one.
    /// </param>
    /// <returns>The result, or null where a stop was requested.</returns>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    /// <exception cref="InvalidOperationException">
    /// An attack broke its declared bound or left the box: its metrics would mean nothing.
    /// </exception>
    public EvaluationResult? Run(
        ImageData data, IReadOnlyList<long> indices, IReadOnlyList<IAttack> attacks, Func<bool>? stopRequested = null,
        Ledger? ledger = null)
    {
        using var evaluation = classifier.InEvaluationMode();
        using var generator = get_rng_state();
        try
        {
            return Run(data, indices, attacks, stopRequested, ledger, DrawsAtRandom(data, indices));
        }
        finally
        {
            set_rng_state(generator);
        }
    }

    private EvaluationResult? Run(
        ImageData data, IReadOnlyList<long> indices, IReadOnlyList<IAttack> attacks, Func<bool>? stopRequested,
        Ledger? ledger, bool random)
    {
        var verdicts = new Dictionary<long, LedgerExample>();
        var stages = new List<EvaluationStage>();
        IReadOnlyList<AttackPhase?> phases = [null, .. attacks.SelectMany(
            attack => AttackPhase.Of(attack, threat, key))];
        foreach (var (phase, attack) in phases.Index())
        {
            var since = Stopwatch.StartNew();
            var left = indices.Where(index => !verdicts.TryGetValue(index, out var verdict) || verdict.BrokenBy is null)
                .Chunk(blockSize).ToList();
            var total = left.Sum(block => block.Length);
            // The images themselves are counted to the end; an attack may take long.
            var shared = new SharedBlocks(Processes, ledger, phase, left.Count)
            {
                EndsAtNonFinite = attack is not null,
            };
            Report(0);
            if (shared.Run(
                number => Compute(new(phase, number, attack, left[number]), data, shared.KeepsImages, random),
                stopRequested, Report) is not { } blocks)
                return null;
            var examples = blocks.SelectMany(block => block.Entry.Examples).ToList();
            if (blocks.Sum(block => block.NonFinite) is var nonFiniteImages and > 0)
                throw new NonFiniteLogitsException(nonFiniteImages, examples.Count, attack?.Name);
            foreach (var example in examples)
                verdicts[example.Index] = example;
            stages.Add(new(
                attack?.Name ?? EvaluationStage.Clean, examples.Count,
                examples.Count(example => example.BrokenBy is null),
                blocks.Sum(block => block.Entry.Forward), blocks.Sum(block => block.Entry.Backward),
                shared.Recorded > 0 ? null : since.Elapsed.TotalSeconds)
            { Targets = attack?.Attack.TargetsOf(classifier.Classes) });

            void Report(int done) => Progress?.Invoke(new(
                attack?.Name ?? EvaluationStage.Clean, Images(done), total, since.Elapsed,
                Images(Math.Min(done, shared.Recorded))));

            int Images(int count) => left.Take(count).Sum(block => block.Length);
        }
        return new(string.Join("+", attacks.Select(attack => attack.Name)),
            [.. indices.Select(index => verdicts[index])], stages)
        {
            Findings = [.. random ? [DrawsText] : (string[])[], .. Ties([.. verdicts.Values])],
        };
    }

    private static IEnumerable<string> Ties(IReadOnlyCollection<LedgerExample> examples)
    {
        if (examples.Count(example => example.Tie) is var ties && ties > FewTies * examples.Count)
            yield return $"{ties} of {examples.Count} images count as misclassified whose margin is within rounding, a "
                + "ten-thousandth of the greatest logit. Logits that have a large number in common can be the cause.";
    }

    /// <summary>Whether a pass moves torch's generator, or two passes of the same images differ.</summary>
    private bool DrawsAtRandom(ImageData data, IReadOnlyList<long> indices)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (images, _) = data.Batch(tensor(indices.Take(8).ToArray(), device: data.Device));
        var before = get_rng_state();
        var (first, second) = (classifier.Logits(images), classifier.Logits(images));
        return !before.eq(get_rng_state()).all().item<bool>() || !first.eq(second).all().item<bool>();
    }

    private ComputedBlock Compute(Block block, ImageData data, bool keepsImages, bool random)
    {
        var (phase, number, attack, indices) = block;
        (nonFinite, nanGradients) = (0, 0);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        GlobalGenerators.Seed(key.With("modules").With(phase).With(number));
        var (clean, labels) = data.Batch(tensor(indices, device: data.Device));
        var (before, filled) = (classifier.Passes, fixedBatches.FillingRows);
        var found = attack is null ? new(clean, null) : Attack(attack, clean, labels, indices, random);
        var examples = Judge(attack, clean, labels, indices, found);
        var cost = classifier.Passes - before;
        var entry = new LedgerBlock(
            phase, attack?.Name ?? EvaluationStage.Clean, number,
            cost.Forward - (fixedBatches.FillingRows - filled), cost.Backward, examples);
        long[] broken = [.. Enumerable.Range(0, keepsImages ? indices.Length : 0)
            .Where(row => attack is not null && examples[row].BrokenBy is not null).Select(row => (long)row)];
        var images = found.Images.index_select(0, tensor(broken, ScalarType.Int64, found.Images.device));
        return new(entry, Math.Max(nonFinite, nanGradients), images.cpu().MoveToOuterDisposeScope());
    }

    private AttackResult Attack(AttackPhase phase, Tensor images, Tensor labels, long[] indices, bool draws)
    {
        var (attack, random) = (phase.Attack, RandomSource.ForExamples(phase.Key, indices));
        var successes = new AttackSuccess?[indices.Length];
        var reportsSuccess = true;
        var adversarial = (draws ? Part(0, indices.Length) : workers.Map(indices.Length, Part))
            ?? throw new InvalidOperationException($"The attack {attack.Name} returned no images.");
        var violation = threat.Violation(images, adversarial, attack.Bound(threat)).item<float>();
        // NaN is the network's fault, and counted.
        if (!float.IsNaN(violation))
            BoundCheck.Assert(violation, attack.Name);
        return new(adversarial, reportsSuccess ? successes : null);

        Tensor? Part(long first, long count)
        {
            var loss = (attack.Loss ?? AttackLossKind.Margin).For(labels.narrow(0, first, count), classifier.Classes);
            using var gradients = new NaNGradients();
            var found = attack.Run(AttackBatch.Unchecked(
                classifier.Watched(gradients), images.narrow(0, first, count), loss, threat,
                random.Part(first, count, indices.Length)) with
            { StopAtSuccess = !draws });
            Interlocked.Add(ref nanGradients, gradients.Count);
            if (found.Success is null)
                reportsSuccess = false;
            else
                found.Success.ToArray().CopyTo(successes, first);
            return found.Images;
        }
    }

    /// <summary>
    /// The plain network's verdict on each image, within ε of its original. One that an attack left within rounding of
    /// the boundary counts as broken.
    /// </summary>
    private LedgerExample[] Judge(AttackPhase? attack, Tensor images, Tensor labels, long[] indices, AttackResult found)
    {
        using var scope = NewDisposeScope();
        var logits = fixedBatches.Logits(found.Images);
        var finite = logits.isfinite().all(1).logical_and(found.Images.isfinite().flatten(1).all(1));
        nonFinite += finite.logical_not().sum().item<long>();
        var admissible = attack is null ? ones_like(labels, ScalarType.Bool) : threat.Contains(images, found.Images);
        var fooled = logits.argmax(1).ne(labels).logical_and(admissible);
        var margin = new MarginLoss(labels).PerExample(logits);
        var close = (margin >= logits.abs().amax(1) * -Rounding).logical_and(admissible);
        var (classes, truth, margins) = (logits.argmax(1).cpu().data<long>(), labels.cpu().data<long>(),
            margin.nan_to_num().to(ScalarType.Float32).cpu().data<float>());
        var (broken, undecided) = (fooled.cpu().data<bool>(), close.cpu().data<bool>());
        var name = attack?.Name ?? EvaluationStage.Clean;
        var examples = new LedgerExample[indices.Length];
        for (var row = 0; row < indices.Length; row++)
        {
            var claim = found.Success?[row];
            var tie = !broken[row] && attack is not null && undecided[row];
            AttackSuccess? what = broken[row] || tie ? claim ?? new(name, 0, 0) : null;
            // An attack finds an example misclassified before it begins only where the last bits decide: the clean
            // image was classified correctly.
            var by = what is { Attack: EvaluationStage.Clean } ? name : what?.Attack;
            examples[row] = new(
                indices[row], truth[row], classes[row], by, what?.Run ?? 0, what?.Iteration ?? 0, tie, margins[row]);
        }
        return examples;
    }

    /// <summary>Some examples that a phase attacks together.</summary>
    private readonly record struct Block(int Phase, int Number, AttackPhase? Attack, long[] Indices);
}
