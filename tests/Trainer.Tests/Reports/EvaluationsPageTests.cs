using System.Xml.Linq;
using Trainer.Reports;
using Trainer.Reports.Pages;

namespace Trainer.Tests.Reports;

public sealed class EvaluationsPageTests
{
    private static readonly CertificationRecord Certification = SampleRun.Certification("w", "net.safetensors");
    private static readonly VerificationRecord Verification = SampleRun.Verification("w", "net.safetensors");

    [Fact]
    public void Certifications_and_verifications_alone_have_their_provenance_and_no_empty_results()
    {
        var page = Page([]);
        Assert.Equal(
            [
                ["weights", "net.safetensors"], ["weights’ hash", "w"], ["network", "network"],
                ["test set’s fingerprint", "data"], ["computed with", "versions"],
            ],
            Assert.Single(Provenance(page)));
        Assert.All(page.Descendants("tbody"), body => Assert.NotEmpty(body.Elements()));
        Assert.DoesNotContain("stronger attack", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluations_of_the_same_weights_and_versions_share_the_provenance()
    {
        var evaluation = SampleRun.Evaluation("w", [(0, 0, 0)]);
        evaluation.Results["dataset"] = "mnist";
        var same = evaluation with { Identity = evaluation.Identity with { Versions = ["versions"] } };
        Assert.Equal(["mnist"], Assert.Single(Provenance(Page([same])))
            .Where(pair => pair[0] == "data").Select(pair => pair[1]));
        Assert.Equal(2, Provenance(Page([evaluation])).Count());
        Assert.Contains("stronger attack", Page([same]).Value, StringComparison.Ordinal);
    }

    private static XElement Page(IReadOnlyList<EvaluationRecord> evaluations) => PageReading.Parse(
        EvaluationsPage.Of("kept", evaluations, [Certification], [Verification], [], []));

    private static IEnumerable<IReadOnlyList<IReadOnlyList<string>>> Provenance(XElement page) =>
        page.Descendants("table").Where(table => (string?)table.Attribute("class") == "pairs").Select(
            table => (IReadOnlyList<IReadOnlyList<string>>)[.. table.Descendants("tr").Select(
                row => (IReadOnlyList<string>)[.. row.Elements().Select(cell => cell.Value)])]);
}
