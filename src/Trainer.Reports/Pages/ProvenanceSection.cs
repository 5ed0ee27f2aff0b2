using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>Where a run came from: what it takes to make it again.</summary>
internal static class ProvenanceSection
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Html Of(RunRecord run)
    {
        var state = run.State;
        return Html.Of($"""
            <section>
            <h2>Provenance</h2>
            {Commands(run)}<div class="wide"><table class="pairs"><tbody>
            {Row("folder", Path.GetFileName(run.Folder))}{Row("recipe’s hash", state?.RecipeHash)}{Row("data’s fingerprint", state?.DataFingerprint)}{Row("test set’s fingerprint", state?.TestFingerprint)}{Row("began from checkpoint", state?.Origin)}{Row("began with weights", state?.InitialWeights)}{Row("device", state?.Device)}{Row("threads", state is null ? null : $"{state.Threads}")}{Row("attacks computed in", state?.AttackPrecision?.ToString().ToLowerInvariant())}{Row("wall-clock time", run.Usage is { } usage ? Format.Duration(usage.Seconds) : null)}{Row("peak memory", run.Usage?.PeakBytes is { } bytes ? Format.Memory(bytes) : null)}{Row("roll-backs", state is { Attempt: > 0 } ? $"{state.Attempt}" : null)}{(state?.Versions ?? new Dictionary<string, string>()).Select(version => Row(version.Key, version.Value))}</tbody></table></div>
            <h3>The whole recipe, with every default</h3>
            <pre class="long" tabindex="0">{run.Recipe.ToJsonString(Indented)}</pre>
            <p class="note">The same recipe, data, versions, device and number of threads give the same weights, bit for bit on the CPU.</p>
            </section>

            """);
    }

    private static Html Commands(RunRecord run) => run.Starts.Count == 0
        ? Html.Of($"""
            <p>The command was not recorded. With the recipe below in a file:</p>
            <pre class="command">trainer train recipe.json</pre>

            """)
        : Html.Of($"""
            <p>{(run.Starts.Count == 1 ? "The command:" : $"Started {run.Starts.Count} times, each time resumed from the last checkpoint:")}</p>
            <pre class="command">{run.Starts.Select(start => Html.Of($"""
            # {start.Time.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture)}
            {start.CommandLine}

            """))}</pre>

            """);

    private static Html Row(string name, string? value) => string.IsNullOrEmpty(value) ? Html.Empty : Html.Of($"""
        <tr><th scope="row">{name}</th><td><code>{value}</code></td></tr>

        """);
}
