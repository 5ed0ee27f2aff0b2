using System.Text.Json.Serialization;
using Trainer.Robustness.Attacks;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>One masking check.</summary>
/// <param name="Name">The check's name: "zero-gradient".</param>
/// <param name="Value">What was measured; null where the check does not apply.</param>
/// <param name="Threshold">A value above it is flagged.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Explanation">What the value is and, where it is flagged, what that means.</param>
/// <param name="Recommends">
/// Where it is flagged, the attack to try instead, as <c>trainer evaluate --attack</c> takes it.
/// </param>
public sealed record CheckResult(
    string Name, double? Value, double Threshold, CheckVerdict Verdict, string Explanation, string? Recommends)
{
    /// <summary>The recommended attack itself.</summary>
    [JsonIgnore]
    public IAttack? Attack { get; private init; }

    /// <summary>Compares a value with its threshold.</summary>
    /// <param name="name">The check's name.</param>
    /// <param name="value">What was measured.</param>
    /// <param name="threshold">The largest value that passes.</param>
    /// <param name="explanation">What the value is.</param>
    /// <param name="meaning">What a flag means.</param>
    /// <param name="instead">What to attack with then.</param>
    internal static CheckResult Of(
        string name, double value, double threshold, string explanation, string meaning, Recommendation instead) =>
        value <= threshold
            ? new(name, value, threshold, CheckVerdict.Passed, explanation, null)
            : new(name, value, threshold, CheckVerdict.Flagged, $"{explanation} {meaning}", instead.Name)
            {
                Attack = instead.Attack,
            };

    /// <summary>A check that does not apply.</summary>
    internal static CheckResult NotApplicable(string name, double threshold, string why) =>
        new(name, null, threshold, CheckVerdict.NotApplicable, why, null);
}
