namespace Trainer.Reports.Charts;

/// <summary>Round numbers along an axis: multiples of 1, 2 or 5 times a power of ten.</summary>
internal static class NiceTicks
{
    /// <summary>Ticks from the one at or below the lowest value to the one at or above the highest.</summary>
    /// <param name="low">The lowest value.</param>
    /// <param name="high">The highest value.</param>
    /// <param name="wanted">About how many steps there should be.</param>
    public static IReadOnlyList<double> Around(double low, double high, int wanted = 5)
    {
        if (!(high > low))
            (low, high) = low == 0 ? (0, 1) : (low - Math.Abs(low) / 2, low + Math.Abs(low) / 2);
        var step = Step((high - low) / wanted);
        return Multiples((long)Math.Floor(low / step + 1e-9), (long)Math.Ceiling(high / step - 1e-9), step);
    }

    /// <summary>Ticks between two values, none outside.</summary>
    /// <param name="low">The lowest value.</param>
    /// <param name="high">The highest value.</param>
    /// <param name="wanted">About how many steps there should be.</param>
    /// <param name="whole">Whether values between whole numbers mean nothing.</param>
    public static IReadOnlyList<double> Within(double low, double high, int wanted = 6, bool whole = false)
    {
        if (!(high > low))
            return [low];
        var step = Step((high - low) / wanted);
        step = whole ? Math.Max(1, step) : step;
        return Multiples((long)Math.Ceiling(low / step - 1e-9), (long)Math.Floor(high / step + 1e-9), step);
    }

    /// <summary>The smallest of 1, 2, 5 times a power of ten that is no smaller than a wish.</summary>
    internal static double Step(double wish)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(wish)));
        foreach (var factor in (ReadOnlySpan<double>)[1, 2, 5])
        {
            if (factor * power >= wish * (1 - 1e-9))
                return factor * power;
        }
        return 10 * power;
    }

    private static IReadOnlyList<double> Multiples(long first, long last, double step)
    {
        // 3 · 0.1 is not 0.3; rounded to the step's own decimals it is.
        var decimals = Math.Clamp(1 - (int)Math.Floor(Math.Log10(step)), 0, 15);
        return [.. Enumerable.Range(0, (int)(last - first) + 1)
            .Select(index => Math.Round((first + index) * step, decimals))];
    }
}
