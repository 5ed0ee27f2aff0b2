namespace Trainer.Reports.Studies;

/// <summary>The points that no other one beats: none is as high in both values and higher in one.</summary>
internal static class ParetoFront
{
    // Means of equal sums of images differ by rounding; those of one image, by 1e-6 or more.
    private const double Rounding = 1e-9;

    /// <summary>For each point, whether it is on the front.</summary>
    public static IReadOnlyList<bool> Of(IReadOnlyList<(double X, double Y)> points) =>
    [
        .. points.Select(point => !points.Any(other =>
            other.X >= point.X - Rounding && other.Y >= point.Y - Rounding
            && (other.X > point.X + Rounding || other.Y > point.Y + Rounding))),
    ];
}
