using Trainer.Engine.Metrics;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Studies;

/// <summary>What the final evaluations of runs have in common.</summary>
/// <param name="Checkpoint">"best" or "last".</param>
/// <param name="Attack">The attack's name.</param>
/// <param name="Threat">The threat model.</param>
/// <param name="Examples">How many test images.</param>
/// <param name="Options">Each attack with its options; empty where the line does not say.</param>
/// <param name="Subset">Which test images; null for the first.</param>
internal sealed record Measure(
    string Checkpoint, string Attack, string Threat, int Examples, string Options = "", string? Subset = null)
{
    /// <summary>Whether it is of images that are robust under each of several threat models.</summary>
    public bool IsUnion => Threat.Contains(FinalMetrics.And, StringComparison.Ordinal);

    /// <summary>What tables call the attack; by default its name.</summary>
    public string Label { get => field ?? Attack; init => field = value == Attack ? null : value; }

    /// <summary>The images, as tables show them.</summary>
    public string Images => Subset is null ? Format.Count(Examples) : $"{Format.Count(Examples)}, {Subset}";

    /// <summary>The measure of a line.</summary>
    public static Measure Of(FinalMetrics line, RunRecord run) => new(
        line.Checkpoint, line.Test.Attack ?? Format.None, Format.Threat(line, run.Recipe), line.Test.Examples,
        OptionsOf(line.Attacks ?? []), line.Subset)
    {
        Label = Format.Attack(line),
    };

    /// <summary>Whether an evaluation measured this, of whatever checkpoint.</summary>
    public bool IsOf(EvaluationRecord evaluation) =>
        evaluation.Attack == Attack && evaluation.Last.Count == Examples
        && Format.ThreatOfIdentity(evaluation.Identity.Threat) == Threat
        && (Options.Length == 0 || Options == OptionsOf(evaluation.Identity.Attacks))
        && (Subset is null) == (evaluation.Last[^1].Index == Examples - 1);

    private static string OptionsOf(IEnumerable<string> attacks) => string.Join(" + ", attacks);
}
