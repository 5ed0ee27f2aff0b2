using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Metrics;
using Trainer.Recipes;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>What an audit found, as <c>audit.json</c> holds it, under keys that earlier files have, too.</summary>
/// <param name="Weights">The audited weights.</param>
/// <param name="Data">Identifies the data set.</param>
/// <param name="Members">How many members were asked about; as many non-members.</param>
/// <param name="NonMembers">What the non-members are.</param>
/// <param name="Shadows">How many shadow models; 0 for none.</param>
/// <param name="Attack">The attack at whose images confidence is read, and its threat model; null for none.</param>
/// <param name="Accuracies">The accuracy on both kinds.</param>
/// <param name="Methods">Each method.</param>
/// <param name="ExposedBy">The method with the largest area, by which members are ranked.</param>
/// <param name="Exposed">The members that it is surest of, the surest first.</param>
/// <param name="Checkpoint">
/// Which of its run's checkpoints was audited, of target and shadow runs alike: "best" or "latest"; null for neither.
/// </param>
public sealed record PrivacyReport(
    string Weights, string Data, int Members, [property: JsonPropertyName("others")] string NonMembers, int Shadows,
    string? Attack,
    IReadOnlyList<PrivacyReport.Accuracy> Accuracies, IReadOnlyList<PrivacyReport.Method> Methods, string ExposedBy,
    IReadOnlyList<PrivacyReport.ExposedRow> Exposed, string? Checkpoint = null)
{
    /// <summary>The file of the results.</summary>
    public const string FileName = "audit.json";

    /// <summary>The file of each example's scores.</summary>
    public const string ScoresName = "scores.csv";

    /// <summary>The picture of the most exposed members.</summary>
    public const string SheetName = "exposed.png";

    /// <summary>The folder of a run's audit.</summary>
    public static string PathIn(string run) => Path.Combine(run, RunFileNames.Privacy);

    /// <summary>Writes the file.</summary>
    /// <param name="folder">The audit's.</param>
    public void Write(string folder) => ReportFile.Write(Path.Combine(folder, FileName), this);

    /// <summary>Reads the file of a run's audit; null where there is none.</summary>
    /// <exception cref="TrainerException">It is not one that the engine writes.</exception>
    public static PrivacyReport? Read(string run) =>
        ReportFile.Read<PrivacyReport>(Path.Combine(PathIn(run), FileName), "trainer audit");

    /// <summary>The accuracy on members and on non-members: the gap that a confidence leaks.</summary>
    /// <param name="Images">"clean", or the attack.</param>
    /// <param name="OnMembers">On the members, 0 to 1.</param>
    /// <param name="OnNonMembers">On the non-members, 0 to 1.</param>
    public sealed record Accuracy(
        string Images, double OnMembers, [property: JsonPropertyName("onOthers")] double OnNonMembers);

    /// <summary>One method.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="AttackerKnowledge">What the attacker knows.</param>
    /// <param name="Auc">The area under the ROC curve, of one threshold for all classes at each point.</param>
    /// <param name="Balanced">
    /// Balanced accuracy, of thresholds chosen on one half and measured on the other, with the interval of Clopper and
    /// Pearson at 95 %.
    /// </param>
    /// <param name="Rates">True-positive rates at low false-positive rates, each of one threshold for all.</param>
    /// <param name="Roc">False- and true-positive rate of points of the ROC curve.</param>
    public sealed record Method(
        string Name, [property: JsonPropertyName("knows")] string AttackerKnowledge, double Auc, ShareMetrics Balanced,
        IReadOnlyList<RateAtFalsePositives> Rates, IReadOnlyList<double[]> Roc);

    /// <summary>A member that the attacker is sure of.</summary>
    /// <param name="Row">Its data-set row.</param>
    /// <param name="Label">The label that training saw.</param>
    /// <param name="Score">Higher is surer.</param>
    public sealed record ExposedRow(long Row, long Label, double Score);

    /// <summary>Each example's scores as CSV: row, kind, label, and a column a method.</summary>
    internal static string Scores(
        IReadOnlyList<(long Row, string Kind, long Label)> examples,
        IReadOnlyList<(string Name, double[] Scores)> methods)
    {
        var text = new StringBuilder("row,kind,label");
        foreach (var (name, _) in methods)
            text.Append(',').Append(name);
        text.Append('\n');
        foreach (var (place, (row, kind, label)) in examples.Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"{row},{kind},{label}");
            foreach (var (_, scores) in methods)
                text.Append(CultureInfo.InvariantCulture, $",{scores[place]:R}");
            text.Append('\n');
        }
        return text.ToString();
    }
}
