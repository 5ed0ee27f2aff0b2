namespace Trainer.Reports.Studies;

/// <summary>The points that no other one beats: none is as high in both values and higher in one.</summary>
internal static class ParetoFront
{
    /// <summary>For each point, whether it is on the front.</summary>
    public static IReadOnlyList<bool> Of(IReadOnlyList<(double X, double Y)> points) =>
    [
        .. points.Select(point => !points.Any(other =>
            other.X >= point.X && other.Y >= point.Y && (other.X > point.X || other.Y > point.Y))),
    ];
}
