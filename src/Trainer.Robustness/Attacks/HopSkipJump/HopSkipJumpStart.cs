namespace Trainer.Robustness.Attacks;

/// <summary>
/// Looks for images that the network does not classify as an example's class: noise on cells of 1, 2, 4, … pixels'
/// side.
/// </summary>
internal static class HopSkipJumpStart
{
    private const int BatchSize = 20;

    /// <summary>
    /// Float [1, C, H, W] for the row of each example for which there is one, in the order of the rows.
    /// </summary>
    /// <param name="batch">The examples.</param>
    /// <param name="tries">Random images at most for each example.</param>
    public static OrderedDictionary<long, Tensor> Search(AttackBatch batch, int tries)
    {
        var starts = new OrderedDictionary<long, Tensor>();
        for (var row = 0L; row < batch.Images.shape[0]; row++)
        {
            if (Search(batch, tries, row) is { } start)
                starts[row] = start;
        }
        return starts;
    }

    private static Tensor? Search(AttackBatch batch, int tries, long row)
    {
        using var scope = NewDisposeScope();
        var image = batch.Images.narrow(0, row, 1);
        var label = batch.Loss.Labels.narrow(0, row, 1);
        var random = batch.Random.Select([row]).With(0);
        var side = 1L;
        for (var done = 0; done < tries; done += BatchSize)
        {
            using var round = NewDisposeScope();
            var count = Math.Min(BatchSize, tries - done);
            var noise = random.Uniform(image.new_empty([1, count, .. image.shape[1..]])).squeeze(0);
            var candidates = noise.index_select(2, Cells(noise.shape[2], side))
                .index_select(3, Cells(noise.shape[3], side));
            var other = batch.Classifier.PredictUnchecked(candidates).ne(label).nonzero();
            if (other.shape[0] > 0)
                return candidates.narrow(0, other[0, 0].item<long>(), 1).clone().MoveToOuterDisposeScope()
                    .MoveToOuterDisposeScope();
            side = side < Math.Max(noise.shape[2], noise.shape[3]) ? 2 * side : 1;
        }
        return null;

        // The first pixel of each pixel's cell.
        Tensor Cells(long length, long cell) =>
            tensor([.. Enumerable.Range(0, (int)length).Select(place => place - place % cell)], device: image.device);
    }
}
