using System.Globalization;
using System.Xml.Linq;
using Trainer.Reports.Charts;

namespace Trainer.Tests.Reports;

public sealed class LineChartTests
{
    [Fact]
    public void Points_lie_where_their_values_are_between_the_outer_ticks()
    {
        // The plot is 376 wide from 50 and 196 high from 12: x from 0 to 10, y from 0 to 1.
        var drawn = Draw(Chart(new ChartSeries("a", 1, [new(0, 0), new(5, 0.5), new(10, 1)])));
        Assert.Equal("50,208 238,110 426,12", (string?)drawn.Descendants("polyline").Single().Attribute("points"));
    }

    [Fact]
    public void Values_that_are_not_finite_are_left_out()
    {
        var drawn = Draw(Chart(
            new ChartSeries("a", 1, [new(0, 0), new(5, double.NaN), new(10, 1)]),
            new ChartSeries("nothing", 2, [new(1, double.NaN)])));
        Assert.Equal("50,208 426,12", (string?)drawn.Descendants("polyline").Single().Attribute("points"));
        Assert.DoesNotContain("nothing", drawn.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_interval_is_a_band_from_its_upper_ends_back_along_the_lower_ones()
    {
        var drawn = Draw(Chart(new ChartSeries("a", 1, [new(0, 0, 0, 0.5), new(10, 1, 0.5, 1)])));
        Assert.Equal(
            "50,110 426,12 426,110 50,208", (string?)drawn.Descendants("polygon").Single().Attribute("points"));
    }

    [Fact]
    public void One_point_alone_is_seen()
    {
        var drawn = Draw(Chart(new ChartSeries("a", 1, [new(3, 0.25)])));
        var dot = drawn.Descendants("circle").Single();
        Assert.Equal(("238", "159"), ((string?)dot.Attribute("cx"), (string?)dot.Attribute("cy")));
        Assert.Equal("a, epoch 3: 0.25", (string?)dot.Element("title"));
    }

    [Fact]
    public void Long_lines_are_thinned_to_the_means_of_neighbours()
    {
        var line = new ChartSeries("a", 1, [.. Enumerable.Range(0, 1000).Select(x => new ChartPoint(x, 2 * x))])
            .Thinned(300);
        Assert.Equal(250, line.Points.Count);
        Assert.Equal(new(1.5, 3), line.Points[0]);
        Assert.Equal(new(997.5, 1995), line.Points[^1]);
    }

    [Fact]
    public void A_chart_describes_itself_for_screen_readers()
    {
        var svg = Draw(Chart(new ChartSeries("<b>", 1, [new(0, 0), new(1, 1)]))).Elements("svg").Single();
        Assert.Equal("img", (string?)svg.Attribute("role"));
        Assert.Equal("it-title it-desc", (string?)svg.Attribute("aria-labelledby"));
        Assert.Equal("It <i>", (string?)svg.Elements("title").Single(
            title => (string?)title.Attribute("id") == "it-title"));
        Assert.Equal(
            "What it shows.", (string?)svg.Elements("desc").Single(
            title => (string?)title.Attribute("id") == "it-desc"));
    }

    [Fact]
    public void A_chart_without_points_notes_it() =>
        Assert.Equal("Nothing was recorded.", (string?)Draw(Chart()).Element("p"));

    [Theory]
    [InlineData(0.5, false, "0.5")]
    [InlineData(0.5, true, "50\u00A0%")]
    [InlineData(1, false, "1.0")]
    public void Labels_have_as_many_decimals_as_distinguish_them(double tick, bool share, string expected) =>
        Assert.Equal(expected, LineChart.Label(tick, [0, 0.5, 1], share));

    [Theory]
    [InlineData(5, "5")]
    [InlineData(0.25, "0.25")]
    public void A_label_alone_is_a_whole_number_where_its_value_is_one(double tick, string expected) =>
        Assert.Equal(expected, LineChart.Label(tick, [tick], share: false));

    [Fact]
    public void Labels_of_tiny_values_have_an_exponent() =>
        Assert.Equal("5e-7", LineChart.Label(5e-7, [0, 5e-7, 1e-6], share: false));

    [Fact]
    public void Numbers_are_written_with_points_whatever_the_culture()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
        try
        {
            Assert.Contains(
                "50,208 163.9,110", Chart(new ChartSeries("a", 1, [new(0, 0), new(3.03, 0.5), new(10, 1)])).Draw().Text,
                StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static LineChart Chart(params ReadOnlySpan<ChartSeries> series) =>
        new() { Id = "it", Title = "It <i>", Description = "What it shows.", Series = [.. series], Range = (0, 1) };

    private static XElement Draw(LineChart chart) => XElement.Parse(chart.Draw().Text);
}
