using Trainer.Engine.Metrics;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Studies;

/// <summary>What the poisons of a study's runs do.</summary>
internal static class StudyBackdoors
{
    /// <summary>The table; null where no run has a poison.</summary>
    public static ReportTable? Of(StudyRecord study)
    {
        IReadOnlyList<IReadOnlyList<string>> rows =
        [
            .. from setting in study.Shown
               from found in setting.Cells.SelectMany(cell => cell.Backdoors)
                   .Where(found => study.Shows(found.Checkpoint))
                   .GroupBy(found => (found.Checkpoint, found.Backdoor.Poison), found => found.Backdoor)
               select (IReadOnlyList<string>)
               [
                   setting.Recipe, setting.Setting ?? Format.None, found.Key.Checkpoint, found.Key.Poison,
                   $"{found.Count()}", Mean(found, one => one.Clean), Mean(found, one => one.AttackSuccess),
                   Each(found, one => one.AttackSuccess), Mean(found, one => one.Robust),
               ],
        ];
        return rows.Count == 0 ? null : new(
            "Backdoors", "On all test images: clean accuracy without the trigger; with it, of the images that are not "
            + "of the target class, attack success (ASR) is the share predicted as the target, robust (R-Acc) that "
            + "predicted as the true class. Mean ± standard deviation over seeds (by n − 1).",
            ["recipe", "setting", "checkpoint", "poison", "seeds", "clean %", "ASR %", "ASR % of each seed", "R-Acc %"],
            rows);
    }

    private static string Mean(IEnumerable<BackdoorMetrics> found, Func<BackdoorMetrics, ShareMetrics?> share) =>
        Sample.Of([.. found.Select(share).OfType<ShareMetrics>().Select(one => one.Value)]).Percent;

    private static string Each(IEnumerable<BackdoorMetrics> found, Func<BackdoorMetrics, ShareMetrics?> share) =>
        string.Join(", ", found.Select(share).Select(one => Sample.PercentOf(one?.Value)));
}
