using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Recipes;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>report.html of weights without a run: results, masking checks and provenance.</summary>
internal static class EvaluationsPage
{
    /// <summary>The page. The same evaluations give the same page.</summary>
    /// <param name="name">The name of their folder.</param>
    /// <param name="recorded">The evaluations, interrupted ones among them.</param>
    /// <param name="certifications">The finished certifications of smoothed networks.</param>
    /// <param name="verifications">The finished verifications by bounds.</param>
    /// <param name="corruptions">Accuracy under the common corruptions.</param>
    /// <param name="checks">The masking checks and their folders.</param>
    public static string Of(
        string name, IReadOnlyList<EvaluationRecord> recorded, IReadOnlyList<CertificationRecord> certifications,
        IReadOnlyList<VerificationRecord> verifications, IReadOnlyList<CorruptionReport> corruptions,
        IReadOnlyList<(string Folder, IReadOnlyList<CheckResult> Results)> checks)
    {
        IReadOnlyList<EvaluationRecord> evaluations = [.. recorded.Where(one => one.IsFinished)];
        var weights = evaluations.Select(one => one.Identity.Weights)
            .Concat(certifications.Select(one => one.Identity.Weights))
            .Concat(verifications.Select(one => one.Identity.Weights))
            .Concat(corruptions.Select(one => one.Weights)).Distinct().Count();
        var count = evaluations.Count + certifications.Count + verifications.Count + corruptions.Count;
        return Page.Of($"{name} · Trainer", Html.Of($"""
            <header>
            <h1>{name}</h1>
            <p class="lead">{Quantity.Of(count, "evaluation")} of {(weights == 1 ? "one network" : $"{weights} networks")}, whose training is not recorded here.</p>
            </header>
            <main>
            <section>
            <h2>Results</h2>
            {Attacked(evaluations)}{WorstCaseSection.Of(recorded)}{CorruptionsSection.Of(corruptions, data: null)}{checks.Select(part => ChecksSection.Of(part.Results, $"in {part.Folder}"))}{CertificationSection.Of(WeightsNames.Of(certifications))}{VerificationSection.Of(WeightsNames.Of(verifications))}{StagesSection.Of(evaluations)}</section>
            {Provenance(evaluations, [.. certifications, .. verifications])}</main>

            """));
    }

    private static Html Attacked(IReadOnlyList<EvaluationRecord> evaluations) => evaluations.Count == 0 ? Html.Empty : Html.Of($"""
        <p>Intervals are Wilson’s, at 95 %: they say how much another sample of images would differ, not how much another attack or another seed would.</p>
        <div class="wide"><table>
        <thead><tr><th scope="col">weights</th><th scope="col">data</th><th scope="col">attack</th><th scope="col">threat model</th><th class="n" scope="col">images</th><th class="n" scope="col">under attack</th><th scope="col">interval</th><th class="n" scope="col">clean</th><th scope="col">interval</th></tr></thead>
        <tbody>
        {evaluations.Select(Row)}</tbody></table></div>
        <p class="note">Accuracy under an attack is an upper bound: a stronger attack may find what this one did not.</p>

        """);

    private static Html Row(EvaluationRecord evaluation)
    {
        var results = evaluation.Results;
        return Html.Of($"""
            <tr><th scope="row"><code>{Format.Short(evaluation.Identity.Weights)}</code></th><td class="i">{Text(evaluation, "dataset")}</td><td class="i">{evaluation.Label}</td><td class="i">{Format.ThreatOfIdentity(evaluation.Identity.Threat)}</td><td class="n">{Format.Count((long?)results["examples"] ?? 0)}</td><td class="n strong">{Format.Percent((double?)results["robustAccuracy"])}</td><td class="i">{Interval(results["interval95"])}</td><td class="n">{Format.Percent((double?)results["cleanAccuracy"])}</td><td class="i">{Interval(results["cleanInterval95"])}</td></tr>

            """);
    }

    /// <summary>A table for each network with its weights, data and versions.</summary>
    private static Html Provenance(
        IReadOnlyList<EvaluationRecord> evaluations, IReadOnlyList<IProofRecord> proofs)
    {
        var sources = evaluations.Select(one => (one.Identity, File: (string?)null, Data: Text(one, "dataset")))
            .Concat(proofs.Select(one => (one.Identity, File: (string?)one.Weights, Data: (string?)null)))
            .GroupBy(one => (one.Identity.Weights, one.Identity.Network, one.Identity.Data,
                Versions: string.Join(", ", one.Identity.Versions))).ToList();
        return sources.Count == 0 ? Html.Empty : Html.Of($"""
            <section>
            <h2>Provenance</h2>
            {sources.Select(same => Html.Of($"""
                <div class="wide"><table class="pairs"><tbody>{Pair("weights", Names(same.Select(one => one.File)))}{Pair("weights’ hash", same.Key.Weights)}{Pair("network", same.Key.Network)}{Pair("data", Names(same.Select(one => one.Data)))}{Pair("test set’s fingerprint", same.Key.Data)}{Pair("computed with", same.Key.Versions)}</tbody></table></div>

                """))}</section>

            """);

        static string Names(IEnumerable<string?> names) => string.Join(", ", names.OfType<string>().Distinct());
    }

    private static Html Pair(string name, string? value) => string.IsNullOrEmpty(value) ? Html.Empty : Html.Of($"""
        <tr><th scope="row">{name}</th><td><code>{value}</code></td></tr>

        """);

    private static string Interval(JsonNode? ends) =>
        Format.Interval(ends is JsonArray { Count: 2 } pair ? ((double)pair[0]!, (double)pair[1]!) : null);

    private static string? Text(EvaluationRecord evaluation, string key) =>
        evaluation.Results[key] is JsonValue value ? (string?)value : null;
}
