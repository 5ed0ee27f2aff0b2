using System.Text.Json.Nodes;
using System.Xml.Linq;
using Trainer.Reports;
using Trainer.Reports.Comparison;
using Trainer.Reports.Pages;

namespace Trainer.Tests.Reports;

public sealed class ComparisonTests
{
    // Class 0 throughout. Clean: the second alone is wrong on the last. Attacked: each breaks where it says 1.
    private static readonly EvaluationRecord First =
        SampleRun.Evaluation("a", [(0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 1), (0, 0, 0)]);
    private static readonly EvaluationRecord Second =
        SampleRun.Evaluation("b", [(0, 0, 1), (0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 1, 1)]);

    [Fact]
    public void Verdicts_are_counted_on_the_same_examples()
    {
        var pair = Assert.Single(EvaluatedPair.Of("best", ("A", [First]), ("B", [Second])));
        Assert.Null(pair.Obstacle);
        Assert.Equal(("pgd-4", 5), (pair.Attack, pair.Examples));
        // Clean, A alone is right on the last. Attacked, A alone on the first and the last, B alone on the third.
        Assert.Equal((new(1, 0), new(2, 1)), (pair.Clean, pair.Robust));
    }

    [Fact]
    public void What_cannot_be_compared_is_listed_with_the_reason()
    {
        Assert.Equal(
            "no evaluation of the one is comparable with one of the other: other attacks (pgd-4 and square)",
            Assert.Single(EvaluatedPair.Of(
            "best", ("A", [First]), ("B", [SampleRun.Evaluation(
            "b", [(0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 1), (0, 0, 0)], "square")]))).Obstacle);
        Assert.Equal(
            ["other data (data and 0123456789ab)", "other threat models (L∞ ≤ 0.1 and L2 ≤ 0.5)",
            "other examples (5 and 1)"],
            EvaluatedPair.Differences(First, SampleRun.Evaluation(
                "b", [(0, 0, 0)], data: "0123456789abcdef") is var other
                ? other with { Identity = other.Identity with { Threat = """{"norm":1,"epsilon":0.5}""" } } : throw new InvalidOperationException()));
        Assert.Equal(
            "B has no finished evaluation of its last checkpoint: trainer evaluate makes one",
            Assert.Single(EvaluatedPair.Of("last", ("A", [First]), ("B", []))).Obstacle);
    }

    [Fact]
    public void Of_several_evaluations_those_with_a_match_are_compared()
    {
        var square = SampleRun.Evaluation("b", [(0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 1), (0, 0, 0)], "square");
        Assert.Equal(
            ["pgd-4"], EvaluatedPair.Of("best", ("A", [First]), ("B", [square, Second])).Select(pair => pair.Attack));
    }

    [Fact]
    public void Recipes_differ_value_by_value()
    {
        var rows = RecipeRow.Between(
        [
            Recipe("""{ "seed": 0, "objective": { "type": "pgd-at", "attack": { "steps": 10 } }, "list": [1, 2], "final": [{ "examples": 5 }], "same": { "x": null } }"""),
            Recipe("""{ "seed": 1, "objective": { "type": "trades", "beta": 6, "attack": { "steps": 10 } }, "list": [1, 3], "final": [{ "examples": 6 }], "same": { "x": null } }"""),
            Recipe("""{ "seed": 0, "objective": { "type": "pgd-at", "attack": { "steps": 10 } }, "list": [1, 2], "final": [], "same": { "x": null } }"""),
        ]);
        Assert.Equal(
            [
                ("seed", ["0", "1", "0"]), ("objective.type", ["\"pgd-at\"", "\"trades\"", "\"pgd-at\""]),
                    ("list", ["[1,2]", "[1,3]", "[1,2]"]), ("final[0].examples", ["5", "6", null]),
                ("objective.beta", [null, "6", null]), ("final", [null, null, "[]"]),
            ],
            rows.Select(row => (row.Path, row.Values.ToArray())));
    }

    [Fact]
    public void Runs_of_one_name_are_distinguished_by_their_folders()
    {
        Assert.Equal(["a", "b"], RunComparison.NamesOf([SampleRun.Of("a"), SampleRun.Of("b")]));
        Assert.Equal(["x", "y"], RunComparison.NamesOf([SampleRun.Of("a") with { Folder = "/1/x" },
            SampleRun.Of("a") with { Folder = "/1/y" }]));
        Assert.Equal(["x (1)", "x (2)"], RunComparison.NamesOf([SampleRun.Of("a") with { Folder = "/1/x" },
            SampleRun.Of("a") with { Folder = "/2/x" }]));
    }

    [Fact]
    public void The_page_is_self_contained_and_has_a_line_for_each_run()
    {
        var page = Page();
        page.StandsAlone();
        Assert.Equal([SampleRun.Hostile, "other"], page.Rows("under attack").Select(row => row[0]).Distinct());
        var robust = page.Descendants("svg").Single(svg => (string?)svg.Attribute("aria-labelledby") == "robust-title "
            + "robust-desc");
        Assert.Equal(
            ["line s1 d0", "line s2 d1"], robust.Elements("polyline").Select(line => (string?)line.Attribute("class")));
        Assert.Contains(
            "other ends at 0.75", page.Descendants("desc").Select(text => text.Value).First(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_has_the_counts_and_the_p_value_or_why_not()
    {
        Assert.Equal([["A", "B", "best", "pgd-4, L∞ ≤ 0.1", "5", "2", "1", "1.000"],
            ["", "", "", "clean", "5", "1", "0", "1.000"]], Page().Rows("A alone"));
        Assert.Equal("A and C, best: it is another.", Assert.Single(Page().Descendants("li")).Value);
    }

    [Theory]
    [InlineData(0.0344, "0.034")]
    [InlineData(0.000066, "7e-5")]
    [InlineData(0, "< 1e-300")]
    public void P_values_are_short(double p, string expected) => Assert.Equal(expected, ComparePage.PValue(p));

    private static XElement Page()
    {
        var pairs = EvaluatedPair.Of("best", ("A", [First]), ("B", [Second]))
            .Append(new("A", "C", "best", null, 0, default, default, "it is another")).ToList();
        return PageReading.Parse(ComparePage.Of(new(
            [SampleRun.Hostile, "other"], [SampleRun.Of(), SampleRun.Of("other", robust: 0.75)],
            [new("a<b", ["<i>", null])], pairs)));
    }

    private static JsonObject Recipe(string json) => JsonNode.Parse(json)!.AsObject();
}
