using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;

namespace Trainer.EndToEnd;

public sealed class ReportTests : IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_run_ends_with_a_page_that_agrees_with_its_files()
    {
        var result = workbench.Run(
            "train", "small.json", "--set", "name=a <b>&'c\"", "--run", "run", "--set", "train.epochs=4", "--set",
            "train.batchSize=100", "--set", "evaluate.everyEpochs=1", "--set", "logging.reportExamples=60");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(
            $"The report is {workbench.At("run", "report.html")}\n", result.Output, StringComparison.Ordinal);
        var page = Read("run");
        Assert.Equal("a <b>&'c\"", page.Descendants("h1").Single().Value);
        StandsAlone(page);

        var lines = File.ReadLines(workbench.At("run", "metrics.jsonl")).Select(line => JsonNode.Parse(line)!).ToList();
        var finals = lines.Where(line => (string)line["type"]! == "final").ToList();
        Assert.Equal(
            finals.Select(
            line => ((string)line["checkpoint"]!, (string)line["test"]!["attack"]!, Percent(line["test"]!["robust"]),
            Percent(line["test"]!["clean"]))),
            Rows(page, "under attack").Select(row => (row[0], row[1], row[4], row[6])));
        Assert.Equal(
            lines.Where(line => (string)line["type"]! == "epoch")
            .Select(line =>
            ($"{line["epoch"]}", $"{line["step"]}", Percent(line["validation"]!["clean"]),
            Percent(line["validation"]!["robust"]))),
            Rows(page, "seconds").Select(row => (row[0], row[1], row[5], row[6])));
        Assert.Equal(
            4, page.Descendants("svg")
            .Single(svg =>
            ((string?)svg.Attribute("aria-labelledby"))?.StartsWith("accuracy-", StringComparison.Ordinal) == true)
            .Elements("circle").Count(dot => dot.Value.StartsWith("held out, clean", StringComparison.Ordinal)));

        // The curve is of the first 60 test images, which are all: its first point is their clean accuracy, and it
        // never rises.
        var curve = Rows(page, "right").Select(row => int.Parse(row[2], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Percent(finals[0]["allTest"]!["clean"]), Rows(page, "right")[0][3]);
        Assert.Equal(curve.OrderDescending(), curve);
        // Confusion is that of the final evaluation's 40 images.
        Assert.Equal([40, 40], page.Descendants("table").Where(
            table => (string?)table.Attribute("class") == "confusion")
            .Select(table =>
            table.Element("tbody")!.Descendants("td")
            .Sum(cell => cell.Value.Length == 0 ? 0 : int.Parse(cell.Value, CultureInfo.InvariantCulture))));
        Assert.Contains(
            "trainer train small.json --set 'name=a <b>&'\\''c\"' --run run", page.Value, StringComparison.Ordinal);
    }

    private XElement Read(string run)
    {
        using var reader = XmlReader.Create(
            workbench.At(run, "report.html"), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }

    private static void StandsAlone(XElement page)
    {
        Assert.Empty(page.Descendants("script"));
        Assert.All(
            page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href"),
            attribute => Assert.StartsWith("data:", attribute.Value, StringComparison.Ordinal));
        Assert.DoesNotContain("url(", page.Descendants("style").Single().Value, StringComparison.Ordinal);
    }

    private static IReadOnlyList<IReadOnlyList<string>> Rows(XElement page, string heading) =>
        [.. page.Descendants("table").Single(table => table.Element("thead")?.Value.Contains(
        heading, StringComparison.Ordinal) == true)
            .Element("tbody")!.Elements("tr").Select(row => (IReadOnlyList<string>)[.. row.Elements()
                .Select(cell => cell.Value.Replace('\u00A0', ' '))])];

    private static string Percent(JsonNode? share) =>
        $"{(100 * (double)share!).ToString("F1", CultureInfo.InvariantCulture)} %";
}
