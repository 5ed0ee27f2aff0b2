using MathNet.Numerics.Distributions;

namespace Trainer.Reports.Studies;

/// <summary>
/// Differences of two settings with the same seeds, first minus second, and Student's paired t-test that their mean
/// is zero.
/// </summary>
/// <param name="Differences">Mean and deviation of the differences.</param>
internal readonly record struct PairedDifferences(Sample Differences)
{
    private const double Level = 0.95;

    /// <summary>Of two settings.</summary>
    /// <param name="first">The first one's value for each seed.</param>
    /// <param name="second">The second one's, in the same order.</param>
    public static PairedDifferences Of(IReadOnlyList<double> first, IReadOnlyList<double> second) =>
        new(Sample.Of([.. first.Zip(second, (one, other) => one - other)]));

    /// <summary>The 95 % interval of the mean by Student's t; null of fewer than two seeds.</summary>
    public (double Low, double High)? Interval => StandardError is not { } error ? null
        : StudentT.InvCDF(0, 1, Freedom, (1 + Level) / 2) * error is var half
            ? (Differences.Mean - half, Differences.Mean + half) : null;

    /// <summary>
    /// The two-sided p-value; null of fewer than two seeds. Where all differences are equal it is 0, or 1 where all
    /// are zero.
    /// </summary>
    public double? PValue => StandardError switch
    {
        null => null,
        0 => Differences.Mean == 0 ? 1 : 0,
        { } error => 2 * StudentT.CDF(0, 1, Freedom, -Math.Abs(Differences.Mean / error)),
    };

    private int Freedom => Differences.Count - 1;

    private double? StandardError => Differences.Deviation / Math.Sqrt(Differences.Count);
}
