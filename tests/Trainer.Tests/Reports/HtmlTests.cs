using System.Text.Json.Nodes;
using Trainer.Engine.Metrics;
using Trainer.Reports.Markup;

namespace Trainer.Tests.Reports;

public sealed class HtmlTests
{
    [Fact]
    public void What_fills_a_hole_is_shown_and_never_obeyed()
    {
        var name = "<script>alert('1' & \"2\")</script>";
        Assert.Equal(
            "<p title=\"&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;\">",
            Html.Of($"<p title=\"{name}\">").Text);
    }

    [Fact]
    public void Characters_that_XML_has_not_are_replaced() =>
        Assert.Equal("a\uFFFD\tb\n\uFFFD", Html.Of($"{"a\0\tb\n\r"}").Text);

    [Fact]
    public void Markup_is_put_in_as_it_is_and_in_order() =>
        Assert.Equal(
        "<ul><li>a&amp;b</li><li>2</li></ul>",
        Html.Of($"<ul>{new[] { Html.Of($"<li>{"a&b"}</li>"), Html.Of($"<li>{2}</li>") }}</ul>").Text);

    [Theory]
    [InlineData(8 / 255.0, "8/255")]
    [InlineData(0.1, "0.1")]
    [InlineData(0.5, "0.5")]
    [InlineData(1, "1")]
    public void A_radius_is_written_as_papers_do(double epsilon, string expected) =>
        Assert.Equal(expected, Format.Radius(epsilon));

    [Theory]
    [InlineData("linf 0.01569", "L∞ ≤ 4/255")]
    [InlineData("linf 0.03137", "L∞ ≤ 8/255")]
    [InlineData("l2 1.235", "L2 ≤ 1.2346")]
    [InlineData("linf 0.03137 and l2 1.235", "L∞ ≤ 8/255 and L2 ≤ 1.2346")]
    [InlineData("linf 0.3", "L∞ ≤ 0.3")]
    public void A_final_measurement_has_the_radius_that_the_recipe_states(string line, string expected)
    {
        // The line has four digits of it; a ledger has all.
        var recipe = JsonNode.Parse($$"""
            {
              "threat": { "norm": "linf", "epsilon": {{4 / 255.0:R}} },
              "objective": { "threats": [{ "norm": "l2", "epsilon": 1.23456 }] },
              "evaluate": { "final": [{ "examples": 5, "threat": { "norm": "linf", "epsilon": {{8 / 255.0:R}} } }] }
            }
            """)!.AsObject();
        var measured = new FinalMetrics("best", new(5, 1, 1, "fgsm"), null) { Threat = line };
        Assert.Equal(expected, Format.Threat(measured, recipe));
        if (line == "linf 0.03137")
            Assert.Equal(expected, Format.ThreatOfIdentity($$"""{"norm":0,"epsilon":{{8 / 255.0:R}}}"""));
    }

    [Theory]
    [InlineData(0.4, "0.4\u00A0s")]
    [InlineData(59.7, "1\u00A0min 0\u00A0s")]
    [InlineData(157, "2\u00A0min 37\u00A0s")]
    [InlineData(90_061, "25\u00A0h 1\u00A0min")]
    public void Durations_have_two_parts_at_most(double seconds, string expected) =>
        Assert.Equal(expected, Format.Duration(seconds));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    [InlineData(0.76549, "76.5\u00A0%")]
    public void A_share_that_is_not_known_is_a_dash(double? share, string expected) =>
        Assert.Equal(expected, Format.Percent(share));
}
