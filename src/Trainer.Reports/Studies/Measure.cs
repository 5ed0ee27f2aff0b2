using Trainer.Engine.Metrics;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Studies;

/// <summary>What the final evaluations of runs have in common.</summary>
/// <param name="Checkpoint">"best" or "last".</param>
/// <param name="Attack">The attack's name.</param>
/// <param name="Threat">The threat model.</param>
/// <param name="Examples">How many test images.</param>
internal sealed record Measure(string Checkpoint, string Attack, string Threat, int Examples)
{
    /// <summary>The measure of a line.</summary>
    public static Measure Of(FinalMetrics line, RunRecord run) => new(
        line.Checkpoint, line.Test.Attack ?? Format.None, Format.Threat(line, run.Recipe), line.Test.Examples);
}
