using System.Xml;
using System.Xml.Linq;

namespace Trainer.Tests.Reports;

/// <summary>Reads a page as strictly as XML is read.</summary>
internal static class PageReading
{
    public static XElement Parse(string page)
    {
        Assert.StartsWith("<!DOCTYPE html>\n", page, StringComparison.Ordinal);
        using var reader = XmlReader.Create(
            new StringReader(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }

    /// <summary>The rows of the table whose heading row has these words.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(this XElement page, string heading) =>
        [.. page.Descendants("table").Single(table => table.Element("thead")?.Value.Contains(
        heading, StringComparison.Ordinal) == true)
            .Element("tbody")!.Elements("tr").Select(row => (IReadOnlyList<string>)[.. row.Elements()
                .Select(cell => cell.Value.Replace('\u00A0', ' '))])];

    /// <summary>No script, and nothing from elsewhere.</summary>
    public static void StandsAlone(this XElement page)
    {
        Assert.Empty(page.Descendants("script"));
        Assert.DoesNotContain(
            page.Descendants().Attributes(), attribute =>
            attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.All(
            page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href"),
            attribute => Assert.StartsWith("data:", attribute.Value, StringComparison.Ordinal));
        var style = page.Descendants("style").Single().Value;
        Assert.DoesNotContain("url(", style, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", style, StringComparison.Ordinal);
    }
}
