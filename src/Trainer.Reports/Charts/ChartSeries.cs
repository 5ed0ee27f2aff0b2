namespace Trainer.Reports.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Colour">Which of the palette's colours, from 1 to <see cref="Colours"/>.</param>
/// <param name="Points">In the order of X; values that are not finite are left out.</param>
/// <param name="Dash">Which of the patterns: 0 is a full line.</param>
/// <param name="Dots">Whether each point is marked and shows its value.</param>
internal sealed record ChartSeries(
    string Name, int Colour, IReadOnlyList<ChartPoint> Points, int Dash = 0, bool Dots = false)
{
    /// <summary>How many colours the palette has.</summary>
    public const int Colours = 6;

    /// <summary>
    /// A line among many: each has another colour than its neighbours and another pattern, so that a line under another
    /// is seen.
    /// </summary>
    public static ChartSeries Numbered(string name, int number, IReadOnlyList<ChartPoint> points, bool dots = false) =>
        new(name, number % Colours + 1, points, number % 3, dots);

    /// <summary>The same line with no more than so many points: each is the mean of neighbours.</summary>
    public ChartSeries Thinned(int most)
    {
        var size = (Points.Count + most - 1) / most;
        return size <= 1 ? this : this with
        {
            Points = [.. Points.Chunk(size)
            .Select(chunk => new ChartPoint(chunk.Average(point => point.X), chunk.Average(point => point.Y)))]
        };
    }
}
