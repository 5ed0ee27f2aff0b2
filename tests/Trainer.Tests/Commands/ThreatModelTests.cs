using System.Text.Json.Nodes;

namespace Trainer.Tests.Commands;

/// <summary>A robust accuracy says nothing without its norm and ε.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class ThreatModelTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private const string Both = ", expected both, as in {\"norm\":\"l2\",\"epsilon\":0.5}. Add what is missing.\n";
    private const string WithoutEpsilon = "error: --threat: found a norm without an epsilon" + Both;
    private const string Json = ", expected a JSON object in single quotation marks, "
        + "such as '{\"norm\":\"l2\",\"epsilon\":0.5}'.\n";

    [Theory]
    [InlineData("""{"norm":"l2"}""", WithoutEpsilon)]
    [InlineData("""{"norm":"linf"}""", WithoutEpsilon)]
    [InlineData("""{"epsilon":1}""", "error: --threat: found an epsilon without a norm" + Both)]
    [InlineData("""{}""", "error: --threat: found neither norm nor epsilon" + Both)]
    [InlineData("""{"norm":"l2","eps":0.5}""", "error: --threat: eps: unknown key, expected norm and epsilon, as in "
        + "{\"norm\":\"l2\",\"epsilon\":0.5}. Correct it.\n")]
    [InlineData("""{"norm":"l2","epsilon":0.5,"eps":1}""", "error: --threat: eps: unknown key, expected norm and epsilon, "
        + "as in {\"norm\":\"l2\",\"epsilon\":0.5}. Correct it.\n")]
    [InlineData("""{"norm":"l2","epsilon":null}""", "error: --threat: epsilon: missing, expected a number of at least 0.\n")]
    [InlineData("""{"norm":"l3","epsilon":1}""", "error: --threat: norm: found \"l3\", expected one of linf, l2, l1.\n")]
    [InlineData("l2", "error: --threat: found l2" + Json)]
    [InlineData("null", "error: --threat: found null" + Json)]
    [InlineData("[]", "error: --threat: found []" + Json)]
    [InlineData("{norm:1}", "error: --threat: found {norm:1}, which is not valid JSON (found 'n' in column 2, "
        + "expected a key in double quotation marks)" + Json)]
    [InlineData("{", "error: --threat: found {, which is not valid JSON (found the end of the text, expected more: "
        + "close each brace, bracket and quotation mark)" + Json)]
    public void A_threat_model_of_the_command_line_has_norm_and_epsilon(string threat, string error)
    {
        var result = workbench.Run("evaluate", "run", "--attack", "fgsm", "--examples", "2", "--threat", threat);
        Assert.Equal((2, error), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("threat.epsilon=0.2")]
    [InlineData("""threat={"norm":"linf","epsilon":0.2}""")]
    public void A_threat_model_is_stated_once(string change)
    {
        string[] line = ["evaluate", "run", "--attack", "fgsm", "--examples", "2", "--set", change];
        Assert.Equal(0, workbench.Run(line).ExitCode);
        var result = workbench.Run([.. line, "--threat", """{"norm":"linf","epsilon":0.15}"""]);
        Assert.Equal(
            (2, $"error: --threat and --set {change} both state the threat model. Leave one of them out.\n"),
            (result.ExitCode, result.Error));
    }

    [Fact]
    public void Another_norm_does_not_take_the_epsilon_of_the_first()
    {
        File.WriteAllText(workbench.At("child.json"), """{ "extends": "recipe.json", "threat": { "norm": "l2" } }""");
        const string missing = "threat.epsilon: missing, expected a number of at least 0.\n";
        string[][] lines = [["train", "recipe.json", "--set", "threat.norm=l2"],
            ["evaluate", "run", "--set", "threat.norm=l2"], ["recipe", "show", "child.json"]];
        foreach (var line in lines)
        {
            var result = workbench.Run(line);
            Assert.Equal(2, result.ExitCode);
            Assert.EndsWith(missing, result.Error, StringComparison.Ordinal);
        }
        string[][] whole = [["threat.epsilon=0.5", "threat.norm=l2"], ["threat.norm=l2", "threat.epsilon=0.5"]];
        foreach (var changes in whole)
            Assert.Contains(
                "\"norm\": \"l2\",\n    \"epsilon\": 0.5",
                workbench.Run("recipe", "show", "recipe.json", "--plain", "--set", changes[0], "--set", changes[1])
                .Output, StringComparison.Ordinal);
        Assert.Contains("\"epsilon\": 0.1", workbench.Run(
            "recipe", "show", "recipe.json", "--plain", "--set", "threat.norm=linf").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_table_names_norm_and_epsilon()
    {
        var trained = workbench.Run([
            "train", "recipe.json", "--run", "l2", .. CommandWorkbench.Breakable, "--set", "threat.norm=l2", "--set",
            "threat.epsilon=5", "--set", "evaluate.checks=1", "--set", "logging.reportExamples=4"]);
        Assert.Equal(0, trained.ExitCode);
        Assert.Matches(@"(?m)^best +fgsm +l2 5 +4 ", trained.Output);
        Assert.Matches(@"robust \d+\.\d % under fgsm \(l2 5\), 8 images", trained.Output);
        Assert.Matches(@"robust \d+\.\d % under fgsm \(l2 5\), 4 images", trained.Output);
        Assert.Contains("masking checks in l2 5: ", trained.Output, StringComparison.Ordinal);

        var evaluated = workbench.Run("evaluate", "l2", "--attack", "fgsm", "--examples", "3");
        Assert.Matches(@"(?m)^\S+ +fgsm +l2 5 +3 ", evaluated.Output);
        Assert.Matches(@"(?m)^fgsm +l2 5 +\d+ +\d+ ", evaluated.Output);
        Assert.Matches(@"^fgsm: clean \d+\.\d %, robust \d+\.\d % under fgsm \(l2 5\), 3 images\n", evaluated.Error);

        var compared = workbench.Run("compare", "run", "l2");
        Assert.Matches(@"(?m)^\S+ +best +fgsm +L∞ ≤ 0\.1 +4 ", compared.Output);
        Assert.Matches(@"(?m)^\S+ +best +fgsm +L2 ≤ 5 +4 ", compared.Output);
        Assert.Contains("other threat models (L∞ ≤ 0.1 and L2 ≤ 5)", compared.Output, StringComparison.Ordinal);

        var reported = workbench.Run("report", "l2", "--examples", "4");
        Assert.Equal(0, reported.ExitCode);
        var page = File.ReadAllText(workbench.At("l2", "report.html"));
        Assert.Contains("""<td class="i">fgsm</td><td class="i">L2 ≤ 5</td>""", page, StringComparison.Ordinal);
        Assert.Contains("held out, robust (L2 ≤ 5)", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_norms_are_shown_one_by_one_and_together()
    {
        string[] line =
        [
            "train", "recipe.json", "--run", "norms", "--set",
            """objective={"type":"max","threats":[{"norm":"linf","epsilon":0.1},{"norm":"l2","epsilon":0.5}]}""", "--set",
            """evaluate.final=[{"attack":"fgsm","examples":4},{"attack":"fgsm","examples":4,"threat":{"norm":"l2","epsilon":0.5}}]""",
        ];
        var trained = workbench.Run(line);
        Assert.Equal(0, trained.ExitCode);
        Assert.Matches(@"(?m)^best +fgsm +linf 0.1 and l2 0.5 +4 ", trained.Output);
        Assert.Matches(@"robust \d+\.\d % under fgsm \(linf 0.1 and l2 0.5\), 8 images", trained.Output);
        Assert.Equal(0, workbench.Run("report", "norms", "--examples", "4").ExitCode);
        var page = File.ReadAllText(workbench.At("norms", "report.html"));
        Assert.Contains("held out, robust (L∞ ≤ 0.1 and L2 ≤ 0.5)", page, StringComparison.Ordinal);
        Assert.Contains("""<td class="i">L∞ ≤ 0.1 and L2 ≤ 0.5</td>""", page, StringComparison.Ordinal);

        var refused = workbench.Run([.. line, "--set", "threat.epsilon=0.2"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(
            "threat: found linf 0.2, which the objective does not train against, expected one of its threat models: "
            + "linf 0.1, l2 0.5", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_results_file_holds_each_threat_model_as_an_object()
    {
        var result = workbench.Run(
            "evaluate", "run", "--attack", "fgsm", "--examples", "2", "--out", "results.json",
            "--threat", """{"norm":"linf","epsilon":"8/255"}""", "--threat", """{"norm":"l2","epsilon":0.5}""");
        Assert.Equal(0, result.ExitCode);
        var summary = JsonNode.Parse(File.ReadAllText(workbench.At("results.json")))!;
        Assert.Equal("""{"norm":"linf","epsilon":0.03137254901960784}""", summary["threat"]!.ToJsonString());
        Assert.Equal(
            ["""{"norm":"linf","epsilon":0.03137254901960784}""", """{"norm":"l2","epsilon":0.5}"""],
            summary["results"]!.AsArray().Select(one => one!["threat"]!.ToJsonString()));
    }
}
