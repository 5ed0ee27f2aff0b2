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
