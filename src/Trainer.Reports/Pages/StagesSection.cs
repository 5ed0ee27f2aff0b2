using System.Text.Json.Nodes;
using Trainer.Recipes;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>
/// Evaluations, attack by attack: what each was tried on, what was robust after it, what it cost.
/// </summary>
internal static class StagesSection
{
    public static Html Of(IReadOnlyList<EvaluationRecord> evaluations) =>
        evaluations.Count == 0 ? Html.Empty : Html.Of($"""
        <details><summary>Every evaluation in the folder, attack by attack ({evaluations.Count})</summary>
        {evaluations.Select(Evaluation)}</details>

        """);

    private static Html Evaluation(EvaluationRecord evaluation) => Html.Of($"""
        <div class="wide"><table><caption>{Path.GetFileName(evaluation.Folder)}: {evaluation.Label}, threat model {Format.ThreatOfIdentity(evaluation.Identity.Threat)}, weights {Format.Short(evaluation.Identity.Weights)}</caption>
        <thead><tr><th scope="col">attack</th><th class="n" scope="col">tried on</th><th class="n" scope="col">robust</th><th class="n" scope="col">images forward</th><th class="n" scope="col">backward</th><th class="n" scope="col">time</th></tr></thead>
        <tbody>
        {Stages(evaluation).Select(Row)}</tbody></table></div>
        {((string?)evaluation.Results["caution"] is { } caution ? Html.Of($"""<p class="note">{caution}</p>""") : Html.Empty)}

        """);

    private static IEnumerable<JsonObject> Stages(EvaluationRecord evaluation) =>
        (evaluation.Results["stages"] as JsonArray ?? []).OfType<JsonObject>();

    private static Html Row(JsonObject stage) => Html.Of($"""
        <tr><th scope="row">{(string?)stage["attack"]}{((int?)stage["targets"] is { } targets ? $", {Quantity.Of(targets, "target")}" : "")}</th><td class="n">{Count(stage["attacked"])}</td><td class="n">{Count(stage["robust"] ?? stage["standing"])}</td><td class="n">{Count(stage["forward"])}</td><td class="n">{Count(stage["backward"])}</td><td class="n">{((double?)stage["seconds"] is { } seconds ? Format.Duration(seconds) : Format.None)}</td></tr>

        """);

    private static string Count(JsonNode? value) => (long?)value is { } count ? Format.Count(count) : Format.None;
}
