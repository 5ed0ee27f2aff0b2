namespace Trainer.Robustness.Attacks;

/// <summary>Looks for images that the network does not take for an example's class: noise on cells of 1, 2, 4, … pixels' side.</summary>
/// <param name="classifier">As the attack goes through it.</param>
/// <param name="tries">Images at most for each example.</param>
internal sealed class HopSkipJumpStart(Classifier classifier, int tries)
{
    private const int TriedTogether = 20;

    /// <summary>Those of the examples for which there is one, with the image; null where there is none for any.</summary>
    public Found? Search(StandingExamples.Selection examples)
    {
        var (rows, starts) = (new List<long>(), new List<Tensor>());
        for (var row = 0; row < examples.Rows.Length; row++)
        {
            if (Search(examples, row) is not { } start)
                continue;
            rows.Add(row);
            starts.Add(start);
        }
        if (rows.Count == 0)
            return null;
        var index = tensor([.. rows], device: examples.Images.device);
        var chosen = new StandingExamples.Selection(
            [.. rows.Select(row => examples.Rows[row])], examples.Index.index_select(0, index), examples.Images.index_select(0, index),
            examples.Goal.Select(index), examples.Random.Select(rows));
        return new(chosen, cat([.. starts], 0));
    }

    /// <summary>Float32 [1, C, H, W].</summary>
    private Tensor? Search(StandingExamples.Selection examples, int row)
    {
        using var scope = NewDisposeScope();
        var image = examples.Images.narrow(0, row, 1);
        var label = examples.Goal.Labels.narrow(0, row, 1);
        var random = examples.Random.Select([row]).With(0);
        var side = 1L;
        for (var tried = 0; tried < tries; tried += TriedTogether)
        {
            using var round = NewDisposeScope();
            var count = Math.Min(TriedTogether, tries - tried);
            var noise = random.Uniform(image.new_empty([1, count, .. image.shape[1..]])).squeeze(0);
            var candidates = noise.index_select(2, Cells(noise.shape[2], side)).index_select(3, Cells(noise.shape[3], side));
            var other = classifier.PredictUnchecked(candidates).ne(label).nonzero();
            if (other.shape[0] > 0)
                return candidates.narrow(0, other[0, 0].item<long>(), 1).clone().MoveToOuterDisposeScope().MoveToOuterDisposeScope();
            side = side < Math.Max(noise.shape[2], noise.shape[3]) ? 2 * side : 1;
        }
        return null;

        // The first pixel of each pixel's cell.
        Tensor Cells(long length, long cell) =>
            tensor([.. Enumerable.Range(0, (int)length).Select(place => place - place % cell)], device: image.device);
    }

    /// <param name="Examples">Those that have a start.</param>
    /// <param name="Images">Float32 [M, C, H, W], each of another class than its example.</param>
    internal sealed record Found(StandingExamples.Selection Examples, Tensor Images);
}
