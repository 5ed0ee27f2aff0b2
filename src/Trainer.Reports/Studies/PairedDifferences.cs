using MathNet.Numerics.Distributions;

namespace Trainer.Reports.Studies;

/// <summary>
/// Differences of two settings with the same seeds, first minus second, and Student's paired t-test that their mean
/// is zero.
/// </summary>
/// <param name="Differences">Mean and deviation of the differences.</param>
/// <param name="Images">Of how many images the values are shares.</param>
internal readonly record struct PairedDifferences(Sample Differences, int Images)
{
    private const double Level = 0.95;

    /// <summary>Of two settings.</summary>
    /// <param name="first">The first one's value for each seed.</param>
    /// <param name="second">The second one's, in the same order.</param>
    /// <param name="images">Of how many images the values are shares.</param>
    public static PairedDifferences Of(IReadOnlyList<double> first, IReadOnlyList<double> second, int images) =>
        new(Sample.Of([.. first.Zip(second, (one, other) => one - other)]), images);

    /// <summary>
    /// The 95 % interval of the mean by Student's t. Null of fewer than two seeds, and where the deviation is less than
    /// one image's share: differences of few images are often equal by chance, and say nothing of other seeds.
    /// </summary>
    public (double Low, double High)? Interval => StandardError is not { } error ? null
        : StudentT.InvCDF(0, 1, Freedom, (1 + Level) / 2) * error is var half
            ? (Differences.Mean - half, Differences.Mean + half) : null;

    /// <summary>The two-sided p-value; null where there is no interval.</summary>
    public double? PValue => StandardError is { } error
        ? 2 * StudentT.CDF(0, 1, Freedom, -Math.Abs(Differences.Mean / error)) : null;

    private int Freedom => Differences.Count - 1;

    // The tolerance is for rounding.
    private double? StandardError => Differences.Deviation >= (1 - 1e-9) / Images
        ? Differences.Deviation / Math.Sqrt(Differences.Count) : null;
}
