using System.Globalization;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Studies;

/// <summary>Mean and deviation of some values.</summary>
/// <param name="Count">How many values.</param>
/// <param name="Mean">Their mean; NaN of none.</param>
/// <param name="Deviation">Their standard deviation by n − 1; null of fewer than two values.</param>
internal readonly record struct Sample(int Count, double Mean, double? Deviation)
{
    /// <summary>Mean and deviation in per cent, as tables show them.</summary>
    public string Percent =>
        Deviation is { } deviation ? $"{PercentOf(Mean)} ± {PercentOf(deviation)}" : PercentOf(Mean);

    /// <summary>A share in per cent, as tables show it.</summary>
    public static string PercentOf(double? share) => share is { } value && double.IsFinite(value)
        ? (100 * value).ToString("F2", CultureInfo.InvariantCulture) is var text && text == "-0.00" ? "0.00" : text
        : Format.None;

    /// <summary>An interval of a share in per cent, as tables show it.</summary>
    public static string IntervalOf((double Low, double High)? interval) => interval is var (low, high)
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * low:F2} to {100 * high:F2}") : Format.None;

    /// <summary>Of these values.</summary>
    public static Sample Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
            return new(0, double.NaN, null);
        var mean = values.Average();
        return new(values.Count, mean, values.Count < 2 ? null
            : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)));
    }
}
