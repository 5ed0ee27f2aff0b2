using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Robustness.Metrics;

namespace Trainer.Reports.Markup;

/// <summary>How pages write metrics.</summary>
internal static class Format
{
    /// <summary>What is printed where there is no value.</summary>
    public const string None = "–";

    private const int HashLength = 12;

    /// <summary>The first digits of a hash.</summary>
    public static string Short(string hash) => hash[..Math.Min(HashLength, hash.Length)];

    /// <summary>"76.5 %".</summary>
    public static string Percent(double? share) =>
        share is { } value && double.IsFinite(value)
        ? (100 * value).ToString("F1", CultureInfo.InvariantCulture) + "\u00A0%" : None;

    /// <summary>"73.8 to 79.0 %".</summary>
    public static string Interval((double Low, double High)? interval) => interval is var (low, high)
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * low:F1} to {100 * high:F1}\u00A0%") : None;

    /// <summary>"10,000".</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Four significant digits, without an exponent where that is readable.</summary>
    public static string Number(double? value) => value switch
    {
        not { } or double.NaN => None,
        0 => "0",
        { } number when Math.Abs(number) is >= 1e-4 and < 1e6 =>
        number.ToString("0.####", CultureInfo.InvariantCulture),
        { } number => number.ToString("0.###e+0", CultureInfo.InvariantCulture),
    };

    /// <summary>"2 h 5 min", "3 min 20 s", "12 s".</summary>
    public static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Round(seconds));
        return time.TotalHours >= 1 ? $"{(int)time.TotalHours}\u00A0h {time.Minutes}\u00A0min"
            : time.TotalMinutes >= 1 ? $"{time.Minutes}\u00A0min {time.Seconds}\u00A0s"
            : $"{seconds.ToString("0.#", CultureInfo.InvariantCulture)}\u00A0s";
    }

    /// <summary>"369 MB".</summary>
    public static string Memory(long bytes) => $"{Count((bytes + 500_000) / 1_000_000)}\u00A0MB";

    /// <summary>"8/255" where it is a whole number of grey levels, else "0.1".</summary>
    public static string Radius(double epsilon)
    {
        var levels = Math.Round(255 * epsilon);
        return levels is > 0 and < 255 && Math.Abs(255 * epsilon - levels) < 1e-6 ? $"{levels}/255" : Number(epsilon);
    }

    /// <summary>The attack of a final measurement.</summary>
    public static string Attack(FinalMetrics line) =>
        line.Test.Attack is { } attack ? AttackLabel.Of(attack, line.Attacks) : None;

    /// <summary>"L∞" of "linf".</summary>
    public static string Norm(string? norm) => norm?.ToLowerInvariant() switch
    {
        "linf" => "L∞",
        "l2" => "L2",
        "l1" => "L1",
        var other => other ?? None,
    };

    /// <summary>"L∞ ≤ 8/255".</summary>
    public static string Threat(string? norm, double? epsilon) =>
        $"{Norm(norm)} ≤ {(epsilon is { } radius ? Radius(radius) : None)}";

    /// <summary>The threat model of a resolved recipe.</summary>
    public static string Threat(JsonObject recipe) =>
        Threat((string?)recipe["threat"]?["norm"], (double?)recipe["threat"]?["epsilon"]);

    /// <summary>The threat model of a final measurement; the recipe's where it has none of its own.</summary>
    public static string Threat(FinalMetrics line, JsonObject recipe) =>
        line.Threat is null ? Threat(recipe) : OfLine(line.Threat, recipe);

    /// <summary>The threat model of a measurement on held-out images.</summary>
    public static string Threat(AccuracyMetrics? validation, JsonObject recipe) =>
        validation?.Threats is { } words ? OfLine(words, recipe) : Threat(recipe);

    private static string OfLine(string threats, JsonObject recipe) =>
        string.Join(FinalMetrics.And, threats.Split(FinalMetrics.And).Select(words => OfWords(words, recipe)));

    private static string OfWords(string threat, JsonObject recipe)
    {
        if (threat.Split(' ') is not [var norm, var epsilon])
            return Threat(recipe);
        // The line has four digits of it, and the recipe has all.
        var stated = RadiiIn(recipe, norm)
            .Where(radius => radius.ToString("G4", CultureInfo.InvariantCulture) == epsilon);
        return Threat(norm, stated.Append(double.Parse(epsilon, CultureInfo.InvariantCulture)).First());
    }

    /// <summary>The radii of every threat model that a recipe states in a norm, wherever it does.</summary>
    private static IEnumerable<double> RadiiIn(JsonNode? node, string norm)
    {
        if (node is JsonObject threat && threat["norm"] is JsonValue name && name.TryGetValue<string>(out var word)
            && word == norm && threat["epsilon"] is JsonValue value && value.TryGetValue<double>(out var radius))
            yield return radius;
        foreach (var child in node switch
        {
            JsonObject parent => parent.Select(property => property.Value),
            JsonArray list => list,
            _ => [],
        })
            foreach (var found in RadiiIn(child, norm))
                yield return found;
    }

    /// <summary>
    /// The threat model of an evaluation's identity, which names the norm by its number; the text itself where it is
    /// another's.
    /// </summary>
    public static string ThreatOfIdentity(string json)
    {
        try
        {
            var threat = JsonNode.Parse(json) as JsonObject;
            var norm = threat?["norm"] is { } named && named.GetValueKind() == JsonValueKind.Number
                ? Enum.GetName((Robustness.Threats.Norm)(int)named) : threat?["norm"]?.ToString();
            return (double?)threat?["epsilon"] is { } epsilon ? Threat(norm, epsilon) : json;
        }
        catch (JsonException)
        {
            return json;
        }
    }

    /// <summary>The interval of a share that was counted on some examples.</summary>
    public static (double Low, double High)? IntervalOf(double? share, int examples) =>
        share is { } value && examples > 0
        ? new Accuracy((long)Math.Round(value * examples), examples).Interval : null;

    /// <summary>The interval of a robust accuracy: the recorded one, else from the counts.</summary>
    public static (double Low, double High)? RobustInterval(AccuracyMetrics metrics) =>
        metrics.Interval is [var low, var high] ? (low, high) : IntervalOf(metrics.Robust, metrics.Examples);
}
