using Trainer.Engine.Studies;
using Trainer.Engine.Training.Collapse;
using Trainer.Reports;
using Trainer.Reports.Studies;
using Trainer.Tests.Reports;

namespace Trainer.Tests.Studies;

/// <summary>Settings and runs of a study.</summary>
internal static class SampleStudy
{
    private static readonly CollapseRecord Collapse =
        new(0, 4, CollapseKind.CatastrophicOverfitting, "Fell.", CollapseAction.Stop);

    /// <summary>Two seeds of a setting with these robust accuracies and, where given, verdicts.</summary>
    public static SettingRecord Setting(
        string name, double first, double second,
        IReadOnlyList<IReadOnlyList<(long Label, long Clean, long Attacked)>>? verdicts = null) => new(
        "a", name, [Cell(name, 0, first, verdicts?[0]), Cell(name, 1, second, verdicts?[1])], IsSelected: false);

    /// <summary>A finished run with this robust accuracy, held-out and final; one that had collapsed without.</summary>
    public static CellRecord Cell(
        string setting, long seed, double? robust,
        IReadOnlyList<(long Label, long Clean, long Attacked)>? verdicts = null) => new(
        new("a", "a.json", setting, [], seed), robust is null ? CellProgress.Collapsed : CellProgress.Finished,
        SampleRun.Of("run", robust ?? 0) with { Collapses = robust is null ? [Collapse] : [] },
        new Dictionary<string, IReadOnlyList<EvaluationRecord>>
        {
            ["best"] = verdicts is null ? [] : [SampleRun.Evaluation("w", verdicts)],
        });
}
