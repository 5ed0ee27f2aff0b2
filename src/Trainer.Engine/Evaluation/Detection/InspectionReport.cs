using System.Text.Json.Serialization;
using Trainer.Engine.Checkpoints;
using Trainer.Recipes;

namespace Trainer.Engine.Evaluation.Detection;

/// <summary>What an inspection found: suspicious.json, under keys that earlier files have, too.</summary>
/// <param name="Weights">Where the weights are.</param>
/// <param name="Data">The data's fingerprint.</param>
/// <param name="Images">How many training images there are.</param>
/// <param name="Poisoned">How many of them are poisoned, without noise rows; null where it is not known.</param>
/// <param name="Rows">
/// The data-set rows that a method takes for poisoned and those that the run had excluded already, ascending: what
/// <c>data.exclude</c> leaves out.
/// </param>
/// <param name="Methods">Each method.</param>
/// <param name="Excluded">How many of the rows the run had excluded already; no method has looked at them.</param>
public sealed record InspectionReport(
    string Weights, string Data, long Images, int? Poisoned, IReadOnlyList<long> Rows,
    IReadOnlyList<InspectionReport.Method> Methods, int Excluded = 0)
{
    /// <summary>Writes the file.</summary>
    /// <exception cref="TrainerException">It cannot be written.</exception>
    public void Write(string path) => ReportFile.WriteAll(path, () => ReportFile.Write(path, this));

    /// <summary>The file of a run folder.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, RunFileNames.Suspicious);

    /// <summary>Reads the file of a run folder; null where there is none.</summary>
    /// <exception cref="TrainerException">It is not one that the engine writes.</exception>
    public static InspectionReport? Read(string folder) =>
        ReportFile.Read<InspectionReport>(PathIn(folder), "trainer inspect");

    /// <summary>One method.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="DefenderKnowledge">What a defender has for it.</param>
    /// <param name="Precision">
    /// The poisoned share of its suspicious rows; null where nothing is known or suspicious.
    /// </param>
    /// <param name="Recall">The share of the poisoned rows that are suspicious; null where none are known.</param>
    /// <param name="FalsePositiveRate">
    /// The share of the clean rows that are suspicious; null where nothing is known.
    /// </param>
    /// <param name="Auc">
    /// The area under its ROC curve over the images of all classes, for spectral over the pairs of a poisoned and a
    /// clean image of one class; null where nothing is known.
    /// </param>
    /// <param name="Suspicious">The suspicious rows, the most suspicious first.</param>
    public sealed record Method(
        string Name, [property: JsonPropertyName("needs")] string DefenderKnowledge, double? Precision, double? Recall,
        double? FalsePositiveRate, double? Auc, IReadOnlyList<SuspiciousRow> Suspicious);

    /// <summary>A training image that a method takes for poisoned.</summary>
    /// <param name="Row">Its data-set row.</param>
    /// <param name="Label">The label that training saw.</param>
    /// <param name="Score">
    /// Higher is more suspicious; comparable within a method, and for spectral within a class.
    /// </param>
    /// <param name="IsPoisoned">The truth; null where it is not known.</param>
    public sealed record SuspiciousRow(long Row, long Label, double Score, bool? IsPoisoned);
}
