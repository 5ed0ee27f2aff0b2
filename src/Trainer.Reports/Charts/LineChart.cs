using System.Globalization;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Charts;

/// <summary>
/// A line chart as an inline SVG with its title, legend and description. Colours come from the page's style.
/// </summary>
internal sealed record LineChart
{
    private const double Width = 440;
    private const double Height = 250;
    private const double Left = 50;
    private const double Right = 14;
    private const double Top = 12;
    private const double Bottom = 42;
    private const int MostPoints = 240;

    /// <summary>Names the chart's elements; unique on the page.</summary>
    public required string Id { get; init; }

    /// <summary>What the chart shows.</summary>
    public required string Title { get; init; }

    /// <summary>The same for those who do not see it, with the metrics that matter.</summary>
    public required string Description { get; init; }

    /// <summary>The lines; those without a point are left out.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>What the horizontal axis counts.</summary>
    public string XLabel { get; init; } = "epoch";

    /// <summary>Whether the values are shares, written in per cent.</summary>
    public bool IsShare { get; init; }

    /// <summary>The ends of the vertical axis where the values must not choose them.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>Whether the horizontal axis begins at zero.</summary>
    public bool XFromZero { get; init; }

    /// <summary>Whether the vertical axis begins at zero.</summary>
    public bool FromZero { get; init; }

    /// <summary>
    /// Whether both axes are logarithmic, with a line at each power of ten; values that are not above zero are left
    /// out.
    /// </summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Whether values are logarithms to the base 10 of what the labels say.</summary>
    private bool IsPowers { get; init; }

    /// <summary>Places that are worth a line.</summary>
    public IReadOnlyList<ChartMark> Marks { get; init; } = [];

    /// <summary>The chart; a sentence in its place where there is nothing to draw.</summary>
    public Html Draw()
    {
        if (IsLogarithmic)
            return DrawLogarithms();
        var lines = Series.Select(Finite).Where(line => line.Points.Count > 0).ToList();
        if (lines.Count == 0)
            return Html.Of($"""<figure class="chart"><figcaption>{Title}</figcaption><p class="none">Nothing was recorded.</p></figure>""");
        var (left, right) = Span(
            lines.SelectMany(line => line.Points).Select(point => point.X).Concat(XFromZero ? [0] : []));
        var ticks = VerticalTicks(lines);
        var (bottom, top) = (ticks[0], ticks[^1]);
        double X(double value) =>
            Left + (right > left ? (value - left) / (right - left) : 0.5) * (Width - Left - Right);
        double Y(double value) =>
            Height - Bottom - (Math.Clamp(value, bottom, top) - bottom) / (top - bottom) * (Height - Top - Bottom);
        return Html.Of($"""
            <figure class="chart">
            <figcaption>{Title}{Legend(lines)}</figcaption>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-labelledby="{Id}-title {Id}-desc">
            <title id="{Id}-title">{Title}</title><desc id="{Id}-desc">{Description}</desc>
            {ticks.Select(tick => Html.Of($"""<line class="grid" x1="{Left}" x2="{Width - Right}" y1="{Y(tick)}" y2="{Y(tick)}"/><text class="tick" x="{Left - 7}" y="{Y(tick) + 4}" text-anchor="end">{TickLabel(tick, ticks, IsShare)}</text>"""))}
            {HorizontalTicks(left, right).Select(tick => Html.Of($"""<line class="axis" x1="{X(tick)}" x2="{X(tick)}" y1="{Height - Bottom}" y2="{Height - Bottom + 4}"/><text class="tick" x="{X(tick)}" y="{Height - Bottom + 17}" text-anchor="middle">{TickLabel(tick, HorizontalTicks(left, right), IsPowers && IsShare)}</text>"""))}
            <line class="axis" x1="{Left}" x2="{Width - Right}" y1="{Height - Bottom}" y2="{Height - Bottom}"/>
            <text class="label" x="{(Left + Width - Right) / 2}" y="{Height - 5}" text-anchor="middle">{XLabel}</text>
            {Marks.Where(mark => mark.X >= left && mark.X <= right).Select(mark => Mark(mark, X(mark.X)))}
            {lines.Select(line => Band(line, X, Y))}
            {lines.Select(line => Line(line, X, Y))}
            </svg>
            </figure>

            """);
    }

    /// <summary>The chart of the logarithms to the base 10, whose ticks are whole.</summary>
    private Html DrawLogarithms()
    {
        var values = Series.SelectMany(line => line.Points).Where(point => point is { X: > 0, Y: > 0 })
            .SelectMany(point => new[] { point.X, point.Y }).DefaultIfEmpty(1).ToList();
        return (this with
        {
            IsLogarithmic = false,
            IsPowers = true,
            Range = (Math.Floor(Math.Log10(values.Min())), Math.Ceiling(Math.Log10(values.Max()))),
            Series =
            [
                .. Series.Select(line => line with
                {
                    Points = [.. line.Points.Where(point => point is { X: > 0, Y: > 0 })
                        .Select(point => new ChartPoint(Math.Log10(point.X), Math.Log10(point.Y)))],
                }),
            ],
        }).Draw();
    }

    private static ChartSeries Finite(ChartSeries line)
    {
        var finite = line with
        {
            Points = [.. line.Points.Where(
            point => double.IsFinite(point.X) && double.IsFinite(point.Y))]
        };
        return finite.Dots && finite.Points.Count <= MostPoints ? finite : finite.Thinned(MostPoints);
    }

    private IReadOnlyList<double> VerticalTicks(List<ChartSeries> lines)
    {
        var (low, high) = Range ?? Span(
            lines.SelectMany(line => line.Points).SelectMany(
            point => new[] { point.Y, point.Low ?? point.Y, point.High ?? point.Y }));
        return IsPowers ? NiceTicks.Around(low, high, Math.Max(1, (int)(high - low)))
            : NiceTicks.Around(FromZero ? Math.Min(0, low) : low, high);
    }

    private IReadOnlyList<double> HorizontalTicks(double left, double right) =>
        NiceTicks.Within(left, right, whole: IsPowers || XLabel is "epoch" or "step");

    private static Html Legend(List<ChartSeries> lines) => lines.Count == 1 ? Html.Empty : Html.Of($"""
        <span class="legend">{lines.Select(line => Html.Of($"""<span><svg viewBox="0 0 26 8" aria-hidden="true"><line class="line s{line.Colour} d{line.Dash}" x1="1" x2="25" y1="4" y2="4"/></svg>{line.Name}</span>"""))}</span>
        """);

    private static Html Mark(ChartMark mark, double x)
    {
        // Beyond the middle the label is to the left of its line, inside the picture.
        var beyond = x > Width / 2;
        return Html.Of($"""<line class="mark" x1="{x}" x2="{x}" y1="{Top}" y2="{Height - Bottom}"/><text class="tick" x="{x + (beyond ? -5 : 5)}" y="{Height - Bottom - 6}" text-anchor="{(beyond ? "end" : "start")}">{mark.Label}</text>""");
    }

    private static Html Band(ChartSeries line, Func<double, double> x, Func<double, double> y)
    {
        var known = line.Points.Where(point => point.Low is not null && point.High is not null).ToList();
        if (known.Count == 0)
            return Html.Empty;
        if (known.Count == 1)
            return Html.Of($"""<line class="bar s{line.Colour}" x1="{x(known[0].X)}" x2="{x(known[0].X)}" y1="{y(known[0].Low!.Value)}" y2="{y(known[0].High!.Value)}"/>""");
        var outline = known.Select(point => (point.X, Y: point.High!.Value))
            .Concat(Enumerable.Reverse(known).Select(point => (point.X, Y: point.Low!.Value)));
        return Html.Of($"""<polygon class="band s{line.Colour}" points="{Points(outline, x, y)}"/>""");
    }

    private Html Line(ChartSeries line, Func<double, double> x, Func<double, double> y) => Html.Of(
        $"""<polyline class="line s{line.Colour} d{line.Dash}" points="{Points(line.Points.Select(point => (point.X, point.Y)), x, y)}"/>{Dots(line, x, y)}""");

    private IEnumerable<Html> Dots(ChartSeries line, Func<double, double> x, Func<double, double> y) =>
        line.Dots || line.Points.Count == 1
        ? line.Points.Select(point => Html.Of($"""<circle class="dot s{line.Colour}" cx="{x(point.X)}" cy="{y(point.Y)}" r="{(line.Points.Count > 40 ? 1.5 : 3)}"><title>{line.Name}, {XLabel} {Format.Number(point.X)}: {Value(point)}</title></circle>"""))
        : [];

    private string Value(ChartPoint point) => IsShare
        ? point is { Low: { } low, High: { } high } ? $"{Format.Percent(point.Y)} ({Format.Interval((low, high))})"
        : Format.Percent(point.Y)
        : Format.Number(point.Y);

    private static Html Points(
        IEnumerable<(double X, double Y)> points, Func<double, double> x, Func<double, double> y) =>
        Html.Join(points.Select((point, index) => Html.Of($"{(index == 0 ? "" : " ")}{x(point.X)},{y(point.Y)}")));

    private static (double Low, double High) Span(IEnumerable<double> values)
    {
        var all = values.ToList();
        return (all.Min(), all.Max());
    }

    private string TickLabel(double tick, IReadOnlyList<double> ticks, bool share) => !IsPowers
        ? Label(tick, ticks, share)
        : Math.Pow(10, tick) is var value && share ? $"{Format.Number(100 * value)}\u00A0%" : Format.Number(value);

    /// <summary>A tick with as many decimals as its neighbours need to differ.</summary>
    internal static string Label(double tick, IReadOnlyList<double> ticks, bool share)
    {
        var (value, step) = share ? (100 * tick, 100 * Distance(ticks)) : (tick, Distance(ticks));
        var decimals = step > 0 ? Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9)) : double.IsInteger(value) ? 0
            : 2;
        if (value != 0 && decimals > 5)
            return value.ToString("0.#e+0", CultureInfo.InvariantCulture);
        return value.ToString($"N{decimals}", CultureInfo.InvariantCulture) + (share ? "\u00A0%" : "");
    }

    private static double Distance(IReadOnlyList<double> ticks) => ticks.Count > 1 ? ticks[1] - ticks[0] : 0;
}

/// <summary>A place on the horizontal axis that is worth a line of its own.</summary>
/// <param name="X">Where.</param>
/// <param name="Label">What is there.</param>
internal readonly record struct ChartMark(double X, string Label);
