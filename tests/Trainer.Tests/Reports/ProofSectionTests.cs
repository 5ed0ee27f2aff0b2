using System.Xml.Linq;
using Trainer.Reports;
using Trainer.Reports.Charts;
using Trainer.Reports.Markup;
using Trainer.Reports.Pages;

namespace Trainer.Tests.Reports;

/// <summary>The sections of certified and of verified accuracy.</summary>
public sealed class ProofSectionTests
{
    private static readonly CertificationRecord Certification = SampleRun.Certification("w", "net");

    [Fact]
    public void A_part_of_a_name_is_written_where_lines_differ_in_it() =>
        Assert.Equal(
            ["a, n 1", "a, n 2, x", "a, n 2, y", "b"],
            SeriesNames.Of([["a", "n 1", "x"], ["a", "n 2", "x"], ["a", "n 2", "y"], ["b", "n 2", "x"]]));

    [Fact]
    public void Certifications_of_one_sigma_are_named_by_their_draws()
    {
        var section = Read(CertificationSection.Of(
            [("net", Certification), ("net", SampleRun.Certification("w", "net", n: 20_000))]));
        Assert.Equal(["net, σ 0.25, n 1,000", "net, σ 0.25, n 20,000"], Legend(section));
        Assert.Equal(["net, σ 0.25", "other, σ 0.25"],
            Legend(Read(CertificationSection.Of([("net", Certification), ("other", Certification)]))));
    }

    [Fact]
    public void Certified_accuracy_has_its_interval()
    {
        // Wilson at 95 % by hand: one of two is 0.0945 to 0.9055, none of two is 0 to 0.6576.
        Assert.Equal(
            ["50.0 %9.5 to 90.5 %", "50.0 %9.5 to 90.5 %", "0.0 %0.0 to 65.8 %"],
            Read(CertificationSection.Of([("net", Certification)])).Rows("ACR")[0].Skip(6).Take(3));
    }

    [Fact]
    public void Verifications_by_one_method_are_named_by_their_images() =>
        Assert.Equal(
            ["ibp, 2 images", "ibp, 3 images"],
            Legend(Read(VerificationSection.Of(
                [("net", SampleRun.Verification("w", "net")), ("net", SampleRun.Verification("w", "net", 3))]))));

    [Fact]
    public void Bounds_of_an_earlier_version_prove_nothing()
    {
        var section = Read(VerificationSection.Of(
            [("net", SampleRun.Verification("w", "net")), ("net", SampleRun.Verification("w", "net", 3, version: 2))]));
        var rows = section.Rows("bounds");
        Assert.Equal("50.0 %", rows[0][4]);
        Assert.Contains("verify again", rows[1][^1], StringComparison.Ordinal);
        Assert.DoesNotContain("33.3", section.Value, StringComparison.Ordinal);
        // One line needs no legend.
        Assert.DoesNotContain(
            section.Descendants("span"), span => (string?)span.Attribute("class") == "legend");
    }

    [Fact]
    public void Images_that_are_verified_and_broken_are_said()
    {
        var record = SampleRun.Verification("w", "net");
        Assert.DoesNotContain("although", Text(record), StringComparison.Ordinal);
        var broken = record with { Result = record.Result with { Broken = new HashSet<long> { 0, 1 } } };
        Assert.Contains(
            "verified by ibp although an attack broke them: 1 of net, such as 0", Text(broken),
            StringComparison.Ordinal);

        static string Text(VerificationRecord record) => Read(VerificationSection.Of([("net", record)])).Value;
    }

    private static XElement Read(Html section) => XElement.Parse($"<main>{section.Text}</main>");

    private static IEnumerable<string> Legend(XElement section) =>
        section.Descendants("span").Single(span => (string?)span.Attribute("class") == "legend").Elements()
            .Select(line => line.Value);
}
