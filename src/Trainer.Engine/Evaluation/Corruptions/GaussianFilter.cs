namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Smooths images by a normal curve, as SciPy's <c>gaussian_filter</c> does.</summary>
internal static class GaussianFilter
{
    /// <summary>Smooths.</summary>
    /// <param name="images">Float64 […, H, W].</param>
    /// <param name="sigma">The curve's deviation in pixels; near 0 for no change.</param>
    /// <param name="deviations">How many deviations the curve reaches.</param>
    /// <param name="mirrors">Whether images are mirrored at their edges, or their outermost pixels repeated.</param>
    public static Tensor Smooth(Tensor images, double sigma, double deviations, bool mirrors)
    {
        var reach = (int)((deviations * sigma) + 0.5);
        if (reach == 0)
            return images.alias();
        var weights = Enumerable.Range(-reach, (2 * reach) + 1)
            .Select(distance => Math.Exp(-0.5 * distance * distance / (sigma * sigma))).ToArray();
        var total = weights.Sum();
        return AxisWeights.Columns(AxisWeights.Rows(images, Matrix(images.shape[^2])), Matrix(images.shape[^1]));

        Tensor Matrix(long side)
        {
            var matrix = new double[side, side];
            for (var to = 0; to < side; to++)
                foreach (var (place, weight) in weights.Index())
                    matrix[to, Inside(to + place - reach, (int)side, mirrors)] += weight / total;
            return tensor(matrix);
        }
    }

    private static int Inside(int place, int side, bool mirrors)
    {
        if (!mirrors)
            return Math.Clamp(place, 0, side - 1);
        place = ((place % (2 * side)) + (2 * side)) % (2 * side);
        return place < side ? place : (2 * side) - 1 - place;
    }
}
