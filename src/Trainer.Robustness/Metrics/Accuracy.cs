namespace Trainer.Robustness.Metrics;

/// <summary>
/// A share of examples: the sum of per-example results over their count, never a mean of batch means.
/// </summary>
/// <param name="Correct">How many of the examples count.</param>
/// <param name="Examples">How many there are.</param>
public readonly record struct Accuracy(long Correct, long Examples)
{
    // The 97.5 % point of the standard normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>The share, from 0 to 1; NaN of no examples.</summary>
    public double Value => (double)Correct / Examples;

    /// <summary>
    /// Wilson's score interval at 95 % (Wilson 1927): the uncertainty from having looked at this sample of images,
    /// and no other.
    /// </summary>
    public (double Low, double High) Interval
    {
        get
        {
            var n = (double)Examples;
            var share = Value;
            var centre = share + Z * Z / (2 * n);
            var half = Z * Math.Sqrt(share * (1 - share) / n + Z * Z / (4 * n * n));
            var scale = 1 + Z * Z / n;
            return (Math.Max(0, (centre - half) / scale), Math.Min(1, (centre + half) / scale));
        }
    }
}
