using Trainer.Engine.Evaluation.Checks;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>Masking checks: name, metric, threshold, verdict and what they say.</summary>
internal static class ChecksSection
{
    /// <summary>The section; empty without checks.</summary>
    /// <param name="checks">Their results.</param>
    /// <param name="circumstances">Under which threat model, or where they are from.</param>
    public static Html Of(IReadOnlyList<CheckResult> checks, string circumstances) =>
        checks.Count == 0 ? Html.Empty : Html.Of($"""
        <h3>Gradient-masking checks</h3>
        <p>Checks for gradients that vanish or mislead (Athalye et al. 2018, Carlini et al. 2019), {circumstances}. A value above its threshold is flagged: accuracy under attacks by the gradient may then be false.</p>
        <div class="wide"><table>
        <thead><tr><th scope="col">check</th><th class="n" scope="col">value</th><th class="n" scope="col">threshold</th><th scope="col">verdict</th><th scope="col">what it is</th></tr></thead>
        <tbody>
        {checks.Select(Row)}</tbody></table></div>

        """);

    private static Html Row(CheckResult check) => Html.Of($"""
        <tr><th class="i" scope="row">{check.Name}</th><td class="n">{Format.Number(check.Value)}</td><td class="n">{Format.Number(check.Threshold)}</td><td class="i{(check.Verdict == CheckVerdict.Flagged ? " verdict-flagged" : "")}">{Verdict(check.Verdict)}</td><td>{check.Explanation}{(check.Recommends is { } attack ? Html.Of($" Try <code>{attack}</code>.") : Html.Empty)}</td></tr>

        """);

    private static string Verdict(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Passed => "passed",
        CheckVerdict.Flagged => "flagged",
        _ => "not applicable",
    };
}
