using System.Text.Json;
using System.Text.Json.Serialization;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Engine.Metrics;
using Trainer.Engine.Storage;
using Trainer.Engine.Weights;

namespace Trainer.Engine.Evaluation;

/// <summary>The results of one command as a JSON file, for other programs.</summary>
/// <param name="Weights">Where the weights are.</param>
/// <param name="Threat">The recipe's threat model.</param>
/// <param name="Data">The fingerprint of the test images.</param>
/// <param name="Results">Each measurement.</param>
public sealed record EvaluationSummary(
    string Weights, ThreatFields Threat, string Data, IReadOnlyList<EvaluationSummary.Result> Results)
{
    /// <summary>Under each threat model, and under all of several; null where it was not asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<WorstCaseSummary>? WorstCase { get; init; }

    /// <summary>Accuracy under the common corruptions; null where it was not asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CorruptionReport? Corruptions { get; init; }

    /// <summary>Puts it together.</summary>
    /// <param name="source">The weights.</param>
    /// <param name="plan">What they were measured with.</param>
    /// <param name="fingerprint">Of the test images.</param>
    /// <param name="results">The evaluations.</param>
    public static EvaluationSummary Of(
        WeightsSource source, EvaluationPlan plan, string fingerprint, IEnumerable<FinalResult> results) => new(
        source.Path, ThreatFields.Of(plan.Threat), fingerprint,
        [.. results.Select(
        one => new Result(one.Line.Checkpoint, ThreatFields.Of(one.Threat), one.Line.Test, one.Line.AllTest)
        {
            Caution = one.Result.Caution,
        })]);

    /// <summary>Writes the file, and the folder above it where it is missing.</summary>
    public void Write(string path) =>
        AtomicFile.Write(path, JsonSerializer.Serialize(this, EvaluationReport.Indented) + "\n");

    /// <summary>One measurement.</summary>
    /// <param name="Checkpoint">What the weights are called.</param>
    /// <param name="Threat">What its attack was allowed.</param>
    /// <param name="Test">On the images that were attacked.</param>
    /// <param name="AllTest">Clean accuracy on all test images.</param>
    public sealed record Result(string Checkpoint, ThreatFields Threat, AccuracyMetrics Test, AccuracyMetrics? AllTest)
    {
        /// <summary>
        /// How the attack departs from its name with so few classes, and what is doubtful; left out where null.
        /// </summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Caution { get; init; }
    }
}
