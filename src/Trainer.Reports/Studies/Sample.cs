namespace Trainer.Reports.Studies;

/// <summary>Mean and deviation of some values.</summary>
/// <param name="Count">How many values.</param>
/// <param name="Mean">Their mean; NaN of none.</param>
/// <param name="Deviation">Their standard deviation by n − 1; null of fewer than two values.</param>
internal readonly record struct Sample(int Count, double Mean, double? Deviation)
{
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
