using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Smoothing;

namespace Trainer.Engine.Evaluation.Certification;

/// <summary>
/// Certifies a smoothed network on some images, and attacks it. The noise of an image is a function of (key, its
/// data-set index, the draw), and goes through the network in blocks of one size: batch size, number of processes and a
/// stop in between change nothing.
/// </summary>
/// <param name="classifier">The network. Evaluated in evaluation mode and left in its own.</param>
/// <param name="options">Noise, draws and α.</param>
/// <param name="key">Where the noise comes from.</param>
/// <param name="workers">The threads that blocks of draws are divided over.</param>
public sealed class Certifier(
    Classifier classifier, SmoothingOptions options, RandomKey key, BatchWorkers workers)
{
    /// <summary>What ledgers and progress call the certification.</summary>
    public const string Name = "smoothing";

    /// <summary>In a ledger, the class of an image on whose class the smoothed network abstains.</summary>
    public const long Abstains = -1;

    // About this many draws are lost where a block is interrupted.
    private const int DrawsOfBlock = 20_000;
    private const int MostExamples = 100;

    private readonly SmoothedClassifier smoothed = new(classifier, options) { MapBlocks = workers.Map };

    /// <summary>
    /// Whether an image takes no further draws once they cannot change its certificate for its true class: see
    /// <see cref="SmoothedClassifier.Certify"/>. Radii and certified accuracy are the same.
    /// </summary>
    public bool StopEarly { get; init; }

    /// <summary>How many images a block of the ledger has.</summary>
    /// <param name="draws">Of each image.</param>
    internal static int BlockSize(int draws) => Math.Clamp(DrawsOfBlock / draws, 1, MostExamples);

    /// <summary>Certifies some images.</summary>
    /// <param name="data">The images.</param>
    /// <param name="indices">The data-set index of each example.</param>
    /// <param name="control">How it is watched and stopped, and the processes that share the work.</param>
    /// <param name="ledger">Keeps each block; null for none. Of several processes the first alone has one.</param>
    /// <returns>
    /// In index order; null where a stop was requested. An example is broken where the class is wrong ("clean") or not
    /// certified ("abstains").
    /// </returns>
    /// <exception cref="TrainerException">The network's logits are NaN or infinite.</exception>
    public IReadOnlyList<LedgerExample>? Run(
        ImageData data, IReadOnlyList<long> indices, EvaluationControl control, Ledger? ledger = null) =>
        new LedgerBlocks(Name, control, ledger).Run(indices, BlockSize(options.N), (number, block) =>
        {
            using var scope = NewDisposeScope();
            var (images, labels) = data.Batch(tensor(block, device: data.Device));
            var truth = labels.cpu().data<long>().ToArray();
            return Block(number, Name, () => ([.. smoothed.Certify(images, block, key, StopEarly ? truth : null)
                .Zip(block.Zip(truth), (certificate, example) => Verdict(certificate, example.First, example.Second))],
                0));
        });

    /// <summary>
    /// Attacks the smoothed network: images that are perturbed for its mean prediction over a few draws, judged by its
    /// own prediction, where to abstain counts as misclassified. Attacks by gradient ascent take all of their steps;
    /// all others, such as fab-t and square, leave an image as it is once a few draws misclassify it. Of a sequence,
    /// such as autoattack, each part attacks the images whose prediction those before it have not changed.
    /// </summary>
    /// <inheritdoc cref="Run"/>
    /// <param name="attack">How it is attacked.</param>
    /// <param name="data">The images.</param>
    /// <param name="indices">The data-set index of each example.</param>
    /// <param name="control">How it is watched and stopped, and the processes that share the work.</param>
    /// <param name="ledger">Keeps each block; null for none. Of several processes the first alone has one.</param>
    public IReadOnlyList<LedgerExample>? Attack(
        SmoothedAttack attack, ImageData data, IReadOnlyList<long> indices, EvaluationControl control,
        Ledger? ledger = null) =>
        new LedgerBlocks(attack.Name, control, ledger).Run(
            indices, BlockSize(attack.PredictionDraws), (number, block) =>
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                var (images, labels) = data.Batch(tensor(block, device: data.Device));
                var truth = labels.cpu().data<long>().ToArray();
                return Block(number, attack.Name, () => Verdicts(attack, images, labels, block, truth));
            });

    /// <param name="number">The block.</param>
    /// <param name="name">What the ledger calls it.</param>
    /// <param name="compute">The verdicts, and the images that went backward through the network.</param>
    private LedgerBlock Block(int number, string name, Func<(IReadOnlyList<LedgerExample>, long)> compute)
    {
        using var evaluation = classifier.InEvaluationMode();
        var before = classifier.Passes;
        try
        {
            var (examples, backward) = compute();
            return new(0, name, number, (classifier.Passes - before).Forward, backward, examples);
        }
        catch (NotFiniteNumberException exception)
        {
            throw new TrainerException(ErrorKind.Checkpoint, exception.Message, exception);
        }
    }

    /// <summary>The verdicts after each part of the attack on the images that the parts before it left right.</summary>
    /// <returns>They, and how many images went backward through the network.</returns>
    private (IReadOnlyList<LedgerExample> Examples, long Backward) Verdicts(
        SmoothedAttack attack, Tensor images, Tensor labels, long[] indices, long[] truth)
    {
        var own = key.With(attack.Attack.Name);
        var parts = attack.Attack.PartsUnder(attack.Threat);
        using var target = smoothed.MeanPrediction(images.shape[1..], own, attack.Draws);
        var verdicts = new LedgerExample[indices.Length];
        int[] rows = [.. Enumerable.Range(0, indices.Length)];
        foreach (var (number, part) in (parts ?? [attack.Attack]).Index())
        {
            if (rows.Length == 0)
                break;
            using var scope = NewDisposeScope();
            var at = tensor(Array.ConvertAll(rows, row => (long)row), device: images.device);
            long[] ownIndices = [.. rows.Select(row => indices[row])];
            var (random, originals) = (RandomSource.ForExamples(own, ownIndices), images.index_select(0, at));
            var kind = part.Loss ?? (parts is null ? AttackLossKind.CrossEntropy : AttackLossKind.Margin);
            var found = Perturb(part, AttackBatch.Unchecked(
                target, originals, kind.For(labels.index_select(0, at), classifier.Classes),
                attack.Threat, parts is null ? random : random.With(number)));
            var votes = smoothed.Count(found, ownIndices, own.With("predict"), attack.PredictionDraws);
            var distances = (found.to(ScalarType.Float64) - originals.to(ScalarType.Float64)).flatten(1).norm(1)
                .cpu().data<double>().ToArray();
            foreach (var ((row, vote), distance) in rows.Zip(votes).Zip(distances))
                verdicts[row] = Verdict(attack.Name, vote, indices[row], truth[row]) with { Distance = distance };
            rows = [.. rows.Where(row => verdicts[row].BrokenBy is null)];
        }
        return (verdicts, target.Passes.Backward * attack.Draws);
    }

    /// <summary>
    /// The adversarial images of an attack that takes all of its steps: a class that changes for a few draws may not
    /// change for many. An image that it leaves outside of the ball, as attacks of minimal distance do, is none of this
    /// threat model's: the original takes its place.
    /// </summary>
    private Tensor Perturb(IAttack attack, AttackBatch batch)
    {
        var (images, threat) = (batch.Images, batch.Threat);
        var found = workers.Map(images.shape[0], (first, count) => attack.Run(batch with
        {
            Images = images.narrow(0, first, count),
            Loss = batch.Loss.Select(arange(first, first + count, device: images.device)),
            Random = batch.Random.Part(first, count, images.shape[0]),
            StopAtSuccess = false,
        }).Images)!;
        var bound = attack.Bound(threat);
        BoundCheck.Assert(threat.Violation(images, found, bound).item<float>(), attack.Name);
        return bound <= threat.Epsilon ? found
            : where(threat.Contains(images, found).reshape(-1, 1, 1, 1), found, images);
    }

    private static LedgerExample Verdict(Certificate certificate, long index, long label) => new(
        index, label, certificate.Class ?? (certificate.Selected == label ? Abstains : certificate.Selected),
        certificate.Selected != label ? EvaluationStage.Clean : certificate.Radius is null ? "abstains" : null,
        Radius: certificate.Radius, Votes: certificate.Votes.Counts);

    private LedgerExample Verdict(string attack, Votes votes, long index, long label)
    {
        var predicted = votes.Predict(options.Alpha) ?? Abstains;
        return new(index, label, predicted, predicted == label ? null : attack, Votes: votes.Counts);
    }
}
