using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Random;

namespace Trainer.Robustness.Smoothing;

/// <summary>
/// A smoothed network g (Cohen et al. 2019, arXiv:1902.02918): the class that the network predicts most often for an
/// image with noise N(0, σ²) on each value, which is not clamped to the box. The noise of a draw is a function of (key,
/// purpose, the example's data-set index, the draw). Draws go through the network in blocks of one size, so that
/// neither other examples nor the number of threads change a vote.
/// </summary>
/// <param name="classifier">The network. Smoothed in evaluation mode and left in its own.</param>
/// <param name="options">Noise, draws and α.</param>
public sealed class SmoothedClassifier(Classifier classifier, SmoothingOptions options)
{
    /// <summary>Draws that go through the network at once.</summary>
    public const int BlockDraws = 100;

    // How often it is checked whether an example stops early.
    private const long EarlyStopChecks = 20;

    /// <summary>
    /// Works on so many blocks (first argument) by calling the function for parts of them (first block, count), and
    /// joins what it returns. By default all at once; the function can be called on several threads.
    /// </summary>
    public Func<long, Func<long, long, Tensor?>, Tensor?> MapBlocks { get; init; } = (rows, make) => make(0, rows);

    /// <summary>The votes of some draws.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="indices">The data-set index of each.</param>
    /// <param name="key">What the noise is a function of besides index and draw.</param>
    /// <param name="draws">How many draws of each image, at least 1.</param>
    /// <exception cref="ArgumentException">An argument is not as described, or they do not fit each other.</exception>
    /// <exception cref="NotFiniteNumberException">Logits are NaN or infinite.</exception>
    public IReadOnlyList<Votes> Count(Tensor images, IReadOnlyList<long> indices, RandomKey key, long draws)
    {
        Check(images, indices, nameof(indices));
        return Count(images, indices, key, 0, Require.AtLeast(1, draws));
    }

    /// <summary>The class that the smoothed network predicts for each image; null where it abstains.</summary>
    /// <inheritdoc cref="Count(Tensor, IReadOnlyList{long}, RandomKey, long)"/>
    public IReadOnlyList<int?> Predict(Tensor images, IReadOnlyList<long> indices, RandomKey key, long draws) =>
        [.. Count(images, indices, key.With("predict"), draws).Select(votes => votes.Predict(options.Alpha))];

    /// <summary>The certificate of each image.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="indices">The data-set index of each.</param>
    /// <param name="key">What the noise is a function of besides index and draw.</param>
    /// <param name="labels">
    /// Null makes all draws. With the true classes, an image takes no further draws once they cannot change its
    /// certificate for its label: none where n0 draws selected another class, and no more where the bound would be
    /// below one half even if all that are left voted for it. There is then no certificate. Every other image has one
    /// bound, made of all n draws, which has the whole α: nothing of α is spent on the earlier checks, for they never
    /// certify.
    /// </param>
    /// <exception cref="ArgumentException">An argument is not as described, or they do not fit each other.</exception>
    /// <exception cref="NotFiniteNumberException">Logits are NaN or infinite.</exception>
    public IReadOnlyList<Certificate> Certify(
        Tensor images, IReadOnlyList<long> indices, RandomKey key, IReadOnlyList<long>? labels = null)
    {
        Check(images, indices, nameof(indices));
        if (labels is not null)
        {
            Check(images, labels, nameof(labels));
            if (labels.Any(label => label < 0 || label >= classifier.Classes))
                throw new ArgumentException(
                    $"Found labels from {labels.Min()} to {labels.Max()}, expected 0 to {classifier.Classes - 1} for "
                    + $"{classifier.Classes} classes.", nameof(labels));
        }
        var selected = Count(images, indices, key.With("select"), 0, options.N0).Select(votes => votes.Top).ToArray();
        var estimate = key.With("estimate");
        if (labels is null)
            return [.. Count(images, indices, estimate, 0, options.N).Zip(
                selected, (votes, top) => votes.Certify(top, options))];
        var certificates = selected.Select(top => new Certificate(top, new(new long[classifier.Classes]), null))
            .ToArray();
        var rows = Enumerable.Range(0, indices.Count).Where(row => selected[row] == labels[row]).ToList();
        var (needed, between) = (LeastVotes(), DrawsBetweenChecks());
        for (long done = 0, draws; done < options.N && rows.Count > 0; done += draws)
        {
            using var scope = NewDisposeScope();
            draws = Math.Min(between, options.N - done);
            var at = tensor(rows.ConvertAll(row => (long)row), device: images.device);
            var more = Count(
                images.index_select(0, at), rows.ConvertAll(row => indices[row]), estimate, done, draws);
            foreach (var (row, votes) in rows.Zip(more))
                certificates[row] = certificates[row] with { Votes = certificates[row].Votes.Plus(votes) };
            var left = options.N - done - draws;
            rows.RemoveAll(row => certificates[row].Votes.Counts[selected[row]] + left < needed);
        }
        foreach (var row in rows)
            certificates[row] = certificates[row].Votes.Certify(selected[row], options);
        return certificates;
    }

    /// <summary>
    /// The smoothed network as attacks by gradients see it: its logits are the logarithm of the mean
    /// softmax over some draws, the same noise for every image and in every call, so that its gradient is that of the
    /// mean (Salman et al. 2019, arXiv:1906.04584). Its verdicts are not those of <see cref="Predict"/>. The noise
    /// belongs to the caller's dispose scope.
    /// </summary>
    /// <param name="shape">Of one image: [C, H, W].</param>
    /// <param name="key">What the noise is a function of.</param>
    /// <param name="draws">How many, at least 1.</param>
    /// <exception cref="ArgumentException">The shape is not that of an image, or there are no draws.</exception>
    public Classifier MeanPrediction(long[] shape, RandomKey key, int draws)
    {
        Require.AtLeast(1, draws);
        if (shape.Length != 3)
            throw new ArgumentException(
                $"Found the shape [{string.Join(", ", shape)}], expected that of one image, [C, H, W].", nameof(shape));
        using var scope = NewDisposeScope();
        var device = classifier.Parameters?.Device ?? CPU;
        var noise = RandomSource.ForBatch(key.With("attack")).Normal(zeros([draws, .. shape], device: device))
            .mul_(options.Sigma).MoveToOuterDisposeScope();
        return new(new MeanPredictionNetwork(classifier, noise), classifier.Classes);
    }

    /// <summary>Checks images, and that there is a number for each.</summary>
    private void Check(Tensor images, IReadOnlyList<long> numbers, string name)
    {
        AttackArguments.CheckForm(classifier, images);
        if (numbers.Count != images.shape[0])
            throw new ArgumentException(
                $"Found {numbers.Count} {name}, expected {images.shape[0]}, one for each image.", name);
        if (numbers.Count > 0)
            AttackArguments.CheckValues(images, nameof(images));
    }

    /// <summary>Draws between two checks, in whole blocks.</summary>
    private long DrawsBetweenChecks() => ((options.N / EarlyStopChecks / BlockDraws) + 1) * BlockDraws;

    /// <summary>The smallest count of n whose bound is one half or more; above n where there is none.</summary>
    private long LeastVotes()
    {
        var (low, high) = (0L, options.N + 1L);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ClopperPearson.Lower(middle, options.N, options.Alpha) >= 0.5)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    /// <summary>The votes of the draws from one that begins a block.</summary>
    private Votes[] Count(Tensor images, IReadOnlyList<long> indices, RandomKey key, long first, long draws)
    {
        if (indices.Count == 0)
            return [];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = classifier.InEvaluationMode();
        var blocks = (draws + BlockDraws - 1) / BlockDraws;
        var counts = MapBlocks(indices.Count * blocks, (start, count) => stack([.. Enumerable.Range(0, (int)count)
            .Select(row => Math.DivRem(start + row, blocks)).Select(place => Block(
            images[place.Quotient], indices[(int)place.Quotient], key.With((first / BlockDraws) + place.Remainder),
            Math.Min(BlockDraws, draws - (place.Remainder * BlockDraws))))]))!;
        var votes = counts.view(indices.Count, blocks, classifier.Classes).sum([1]).cpu().data<long>().ToArray();
        return [.. votes.Chunk(classifier.Classes).Select(count => new Votes(count))];
    }

    /// <summary>The votes of a block's first draws.</summary>
    /// <returns>Int64 [K].</returns>
    private Tensor Block(Tensor image, long index, RandomKey key, long draws)
    {
        using var scope = NewDisposeScope();
        // The whole block goes through the network, whatever is counted: the last bits depend on its size. A seed has
        // 32 bits: of the 1,000 blocks of 100,000 draws two have the same noise with probability 1.2e-4.
        var noise = RandomSource.ForExamples(key, [index]).Normal(image.expand([1, BlockDraws, .. image.shape]));
        var predicted = classifier.Predict(noise.squeeze(0).mul_(options.Sigma).add_(image)).narrow(0, 0, draws);
        return predicted.bincount(null, classifier.Classes).MoveToOuterDisposeScope();
    }
}
