using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Augmentation;

/// <summary>
/// The distribution Beta(α, α), by the inverse of its distribution function: one uniform number a draw.
/// </summary>
internal static class SymmetricBeta
{
    private const int Halvings = 60;
    private const double Tiny = 1e-300;

    /// <summary>A number for each image of a batch.</summary>
    /// <returns>Float32 [N, 1, 1, 1] in [0, 1].</returns>
    public static Tensor Draw(double alpha, long rows, Device device, RandomSource random)
    {
        using var scope = NewDisposeScope();
        // Drawn and turned on the CPU, where the numbers come from: nothing waits for the device.
        var uniform = random.Uniform(empty([rows, 1, 1, 1], ScalarType.Float32, CPU));
        if (alpha == 1)
            return uniform.to(device).MoveToOuterDisposeScope();
        var values = uniform.data<float>().Select(value => (float)Quantile(alpha, value)).ToArray();
        return tensor(values).reshape(rows, 1, 1, 1).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>The quantile of the distribution at <paramref name="probability"/>.</summary>
    public static double Quantile(double alpha, double probability)
    {
        if (probability > 0.5)
            return 1 - Quantile(alpha, 1 - probability);
        var (low, high) = (0.0, 0.5);
        for (var halving = 0; halving < Halvings; halving++)
        {
            var middle = (low + high) / 2;
            (low, high) = Distribution(alpha, middle) < probability ? (middle, high) : (low, middle);
        }
        return (low + high) / 2;
    }

    /// <summary>
    /// The regularised incomplete beta function I_x(α, α) for x ≤ 1/2, by its hypergeometric series, of positive terms.
    /// </summary>
    private static double Distribution(double alpha, double x)
    {
        if (x <= 0)
            return 0;
        var (sum, term) = (1.0, 1.0);
        for (var index = 0; term > sum * 1e-16; index++)
        {
            term *= (2 * alpha + index) / (alpha + 1 + index) * x;
            sum += term;
        }
        return Math.Exp(alpha * Math.Log(Math.Max(x * (1 - x), Tiny)) - Math.Log(alpha) - LogBeta(alpha)) * sum;
    }

    private static double LogBeta(double alpha) => 2 * LogGamma(alpha) - LogGamma(2 * alpha);

    /// <summary>
    /// Stirling's series, after the recurrence has moved its argument to where the series is exact to 1e-14.
    /// </summary>
    private static double LogGamma(double value)
    {
        var shift = 0.0;
        for (; value < 10; value++)
            shift += Math.Log(value);
        var inverse = 1 / (value * value);
        var series =
            (1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse * (1.0 / 1680 - inverse / 1188))))
            / value;
        return (value - 0.5) * Math.Log(value) - value + 0.5 * Math.Log(2 * Math.PI) + series - shift;
    }
}
