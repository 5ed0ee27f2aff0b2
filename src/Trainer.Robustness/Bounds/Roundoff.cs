namespace Trainer.Robustness.Bounds;

/// <summary>
/// How far floating-point arithmetic is from the exact one, so that bounds hold for a network as it is computed. Every
/// layer's values are sums of products: whatever the order of a sum, its error is at most γₙ = n·u / (1 − n·u) times
/// the sum of the absolute terms (Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1).
/// Convolutions by transforms (Winograd, Fourier) have larger errors.
/// </summary>
/// <param name="Unit">u: the largest relative error of one operation.</param>
/// <param name="Nodes">Of the network: a backward bound adds up two terms of each, one after the other.</param>
internal sealed record Roundoff(double Unit, int Nodes)
{
    // Of slopes, factors and ends of intervals: fewer operations than this on one value.
    private const int Others = 16;

    // Once in the network and once in its bounds; the rest is for the rounding of the errors themselves.
    private const double Times = 2.02;

    /// <summary>Of a network in a dtype.</summary>
    /// <exception cref="NotSupportedException">It is neither float32 nor float64.</exception>
    public static Roundoff Of(ScalarType dtype, int nodes) => new(Math.Pow(2, dtype switch
    {
        ScalarType.Float64 => -53,
        ScalarType.Float32 => -24,
        _ => throw new NotSupportedException(
            $"Found a network in {dtype}, expected float32 or float64: of no other dtype is the rounding bounded."),
    }), nodes);

    /// <summary>The largest error of a sum, relative to the sum of its absolute terms.</summary>
    /// <param name="terms">How many products it adds up.</param>
    public double OfSum(long terms)
    {
        var error = (terms + Others + (2.0 * Nodes)) * Unit;
        return error < 0.5 ? Times * error / (1 - error)
            : throw new NotSupportedException($"Found a sum of {terms} terms, of whose rounding no bounds can be "
                + "computed in this dtype. Use float64.");
    }

    /// <summary>
    /// The largest error of a sum over all values of an image, relative to the sum of its absolute terms.
    /// </summary>
    /// <param name="values">Float [N or 1, …].</param>
    public double OfSumOver(Tensor values) =>
        OfSum(values.shape.Skip(1).Aggregate(1L, (product, size) => product * size));
}
