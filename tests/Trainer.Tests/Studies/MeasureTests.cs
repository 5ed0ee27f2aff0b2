using Trainer.Engine.Metrics;
using Trainer.Engine.Studies;
using Trainer.Reports;
using Trainer.Reports.Studies;
using Trainer.Tests.Reports;

namespace Trainer.Tests.Studies;

/// <summary>What a study holds to be the same measurement.</summary>
public sealed class MeasureTests
{
    [Fact]
    public void Attacks_of_one_name_and_other_options_are_measures_of_their_own()
    {
        // As {"type":"apgd-ce","steps":20} and "apgd-ce" on as many images, and the same on a random subset.
        var study = Of(
            new("best", Test(0.75), Test(0.8)) { Threat = "linf 0.1", Attacks = ["Apgd 20"] },
            new("best", Test(0.5), Test(0.8)) { Threat = "linf 0.1", Attacks = ["Apgd 100"] },
            new("best", Test(0.25), Test(0.8)) { Threat = "linf 0.1", Attacks = ["Apgd 20"], Subset = "random" });
        Assert.Equal(
            [
                ("apgd-ce: Apgd 20", "3", "75.00"), ("apgd-ce: Apgd 100", "3", "50.00"),
                ("apgd-ce", "3, random", "25.00"),
            ],
            StudyTables.Results(study, times: false).Rows.Select(row => (row[3], row[5], row[8])));
        // Each with its own evaluation; those that an earlier version measured by the name alone.
        var (first, other) = (Evaluation("Apgd 20"), Evaluation("Apgd 100"));
        var measure = new Measure("best", "apgd-ce", "L∞ ≤ 0.1", 3, "Apgd 20");
        Assert.Equal((true, false), (measure.IsOf(first), measure.IsOf(other)));
        Assert.True((measure with { Options = "" }).IsOf(other));
        Assert.False((measure with { Subset = "random" }).IsOf(first));

        static AccuracyMetrics Test(double robust) => new(3, 0.9, robust, "apgd-ce");

        static EvaluationRecord Evaluation(string options)
        {
            var record = SampleRun.Evaluation("w", [(0, 0, 0), (0, 0, 0), (0, 0, 1)], "apgd-ce");
            return record with { Identity = record.Identity with { Attacks = [options] } };
        }
    }

    [Fact]
    public void Attacks_with_other_targets_have_them_in_their_labels()
    {
        FinalMetrics Final(string options) => new("best", new(3, 0.9, 0.5, "malt"))
        {
            Threat = "linf 0.1",
            Attacks = [options],
        };
        var study = Of(Final("""Malt {"targets":9}"""), Final("""Malt {"targets":2}"""));
        Assert.Equal(["malt", "malt (2 targets)"], study.Measures.Select(study.AttackOf));
    }

    [Fact]
    public void Where_the_best_checkpoint_is_the_last_of_every_run_each_measure_has_one_row()
    {
        var best = new FinalMetrics("best", new(3, 0.9, 0.5, "pgd-4"), null);
        var study = Of(best, best with { Checkpoint = "last" });
        Assert.Equal(["best"], study.Measures.Select(measure => measure.Checkpoint));
        var cell = study.Settings[0].Cells[0];
        var later = cell with { Run = cell.Run! with { State = cell.Run.State! with { GlobalStep = 5 } } };
        study = study with { Settings = [study.Settings[0] with { Cells = [cell, later] }] };
        Assert.Equal(["best", "last"], study.Measures.Select(measure => measure.Checkpoint));
        // One that is still in training has no measurement.
        var unfinished = later with { Progress = CellProgress.Unfinished };
        study = study with { Settings = [study.Settings[0] with { Cells = [cell, unfinished] }] };
        Assert.Equal(["best"], study.Measures.Select(measure => measure.Checkpoint));
    }

    /// <summary>A study of one run with these final measurements.</summary>
    private static StudyRecord Of(params FinalMetrics[] finals)
    {
        var cell = new CellRecord(new("a", "a.json", "b", [], 0), CellProgress.Finished, SampleRun.Of("run") with
        {
            Finals = finals,
        }, new Dictionary<string, IReadOnlyList<EvaluationRecord>> { ["best"] = [] });
        return new(
            new Study { Name = "board", Recipes = [new() { File = "a.json" }] },
            [new("a", "b", [cell], IsSelected: true)]);
    }
}
