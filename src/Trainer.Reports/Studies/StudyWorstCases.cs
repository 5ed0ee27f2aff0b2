using Trainer.Reports.Markup;

namespace Trainer.Reports.Studies;

/// <summary>What everything that was tried on the checkpoints of a study's runs leaves together.</summary>
internal static class StudyWorstCases
{
    /// <summary>
    /// A row for each checkpoint and threat model of each run, and one for all threat models together where it has
    /// several.
    /// </summary>
    public static ReportTable Of(StudyRecord study) => new(
        "Worst case of each run", "The share of images that no recorded evaluation of the same weights misclassified, "
        + "under the threat model or a smaller radius in its norm, of the images that every evaluation under the "
        + "threat model (with several threat models: under each of them) looked at: others may have met the weakest "
        + "attack alone. A run on which more was tried does "
        + $"not compare with the others. Without a result: interrupted, or of a masking check. {Format.None}: there is "
        + "one evaluation alone, or no common image.",
        ["run", "checkpoint", "threat model", "evaluations (images)", "common images", "worst case %", "95 % interval"],
        [
            .. from cell in study.Cells
               from found in cell.WorstCases
               from row in found.Threats
                   .Select(worst => (
                       Threat: ThreatOf(worst), Evaluations: Evaluations(worst), worst.Accuracy,
                       IsUnion: worst.Counted.Count > 1))
                   .Concat(found.Threats.Count < 2 ? [] :
                   [
                       (string.Join(" and ", found.Threats.Select(ThreatOf)), "all", WorstCase.UnderAll(found.Threats),
                       true),
                   ])
               let isMeasured = row.IsUnion && row.Accuracy.Examples > 0
               select (IReadOnlyList<string>)
               [
                   cell.Cell.Name, found.Checkpoint, row.Threat, row.Evaluations, Format.Count(row.Accuracy.Examples),
                   Sample.PercentOf(isMeasured ? row.Accuracy.Value : null),
                   Sample.IntervalOf(isMeasured ? row.Accuracy.Interval : null),
               ],
        ]);

    private static string ThreatOf(WorstCase worst) => Format.Threat($"{worst.Threat.Norm}", worst.Threat.Epsilon);

    private static string Evaluations(WorstCase worst)
    {
        var finished = worst.Counted.Where(record => record.IsFinished).Select(record =>
        {
            var threat = Format.ThreatOfIdentity(record.Identity.Threat);
            var other = threat == ThreatOf(worst) ? "" : $", {threat}";
            return $"{record.Label} ({Format.Count(record.Last.Count)}{other})";
        }).Order(StringComparer.Ordinal);
        var others = worst.Counted.Count(record => !record.IsFinished);
        return string.Join(", ", others == 0 ? finished : finished.Append($"{others} without a result"));
    }
}
