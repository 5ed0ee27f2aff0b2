using System.Text.Json.Nodes;
using System.Xml.Linq;
using Trainer.Reports;
using Trainer.Reports.Pages;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Reports;

/// <summary>What worst cases call the evaluations that they are over.</summary>
public sealed class WorstCaseNamesTests
{
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 0.1 };

    [Fact]
    public void Programs_read_which_attack_misclassified_each_image()
    {
        // AutoAttack finds the first and the third image, by two of its parts.
        var ensemble = SampleRun.Evaluation("w", [(0, 0, 1), (0, 0, 0), (0, 0, 1), (0, 0, 0)], "autoattack");
        ensemble = new(ensemble.Folder, ensemble.Attack, ensemble.Identity, ensemble.Results,
            [ensemble.Blocks[0], ensemble.Blocks[1] with
            {
                Examples = [.. ensemble.Blocks[1].Examples.Select(example => example.BrokenBy is null ? example
                    : example with { BrokenBy = example.Index == 0 ? "apgd-ce" : "square" })],
            }]);
        var pgd = SampleRun.Evaluation("w", [(0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 1, 1)]);
        // It has not ended.
        var square = SampleRun.Evaluation("w", [(0, 0, 1)], "square") with { Results = [] };
        Assert.Equal(
            ["0: autoattack: apgd-ce, without a result: square", "2: pgd-4, autoattack: square", "4: clean"],
            WorstCase.Summaries([WorstCase.Of([pgd, ensemble, square], Threat)])[0].Images
                .Select(image => $"{image.Index}: {string.Join(", ", image.BrokenBy)}"));
    }

    [Fact]
    public void Attacks_with_other_targets_have_them_in_their_rows()
    {
        var (nine, two) = (Malt(9), Malt(2));
        Assert.Equal(
            ["malt", "malt (2 targets)"],
            WorstCase.Of([nine, two], Threat).Evaluations.Select(row => row.Attack));
        var page = XElement.Parse($"<div>{StagesSection.Of([two])}</div>");
        Assert.StartsWith(
            "0123: malt (2 targets), threat model", page.Descendants("caption").Single().Value,
            StringComparison.Ordinal);
        Assert.Equal(["clean", "malt, 2 targets"], page.Rows("tried on").Select(row => row[0]));

        static EvaluationRecord Malt(int targets)
        {
            var record = SampleRun.Evaluation("w", [(0, 0, 0), (0, 0, 1)], "malt");
            return record with
            {
                Identity = record.Identity with { Attacks = [$$"""Malt {"steps":100,"targets":{{targets}}}"""] },
                Results = JsonNode.Parse($$"""
                    { "stages": [{ "attack": "clean" }, { "attack": "malt", "targets": {{targets}} }] }
                    """)!.AsObject(),
            };
        }
    }
}
