using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Reports.Markup;

namespace Trainer.Engine.Reports.Pages;

/// <summary>The masking checks of a run's evaluations, whatever they are: name, figure, threshold, verdict and what they say.</summary>
internal static class ChecksSection
{
    public static Html Of(RunRecord run) => Html.Join(run.Evaluations
        .Where(evaluation => evaluation.Checks.Count > 0)
        .DistinctBy(evaluation => evaluation.Identity.Weights)
        .Select(Section));

    private static Html Section(EvaluationRecord evaluation) => Html.Of($"""
        <h3>Is the robustness real?</h3>
        <p>Checks for gradients that only look small (Athalye et al. 2018, Carlini et al. 2019), made with the evaluation by {evaluation.Attack}. A figure above its threshold is flagged: accuracy under attacks by the gradient may then be false.</p>
        <div class="wide"><table>
        <thead><tr><th scope="col">check</th><th class="n" scope="col">figure</th><th class="n" scope="col">threshold</th><th scope="col">verdict</th><th scope="col"></th></tr></thead>
        <tbody>
        {evaluation.Checks.OfType<JsonObject>().Select(Row)}</tbody></table></div>

        """);

    private static Html Row(JsonObject check)
    {
        var verdict = Text(check, "verdict");
        return Html.Of($"""
            <tr><th scope="row">{Text(check, "name")}</th><td class="n">{Text(check, "figure")}</td><td class="n">{Text(check, "threshold")}</td><td class="{(verdict == "flagged" ? "verdict-flagged" : "")}">{verdict}</td><td>{Text(check, "says")}{(check["recommends"] is null ? "" : $" Try: {Text(check, "recommends")}")}</td></tr>

            """);
    }

    private static string Text(JsonObject check, string key) => check[key] switch
    {
        null => Say.None,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => Say.Number((double)value),
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        var other => other.ToJsonString(),
    };
}
