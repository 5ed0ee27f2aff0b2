using Trainer.Engine.Checkpoints;
using Trainer.Engine.Metrics;
using Trainer.Engine.Studies;
using Trainer.Reports;
using Trainer.Reports.Studies;
using Trainer.Tests.Reports;
using static Trainer.Tests.Studies.SampleStudy;

namespace Trainer.Tests.Studies;

public sealed class StudyRecordTests
{
    private static readonly Study Study = new()
    {
        Name = "board",
        Recipes = [new() { File = "a.json" }],
        Select = new() { By = MonitoredMetric.ValidationRobust },
    };

    private static readonly Measure Measure = new("best", SampleRun.Hostile, "L∞ ≤ 0.1", 40);

    [Fact]
    public void The_setting_of_highest_mean_on_held_out_images_is_selected_and_the_first_of_equal_ones()
    {
        var (low, high, equal) = (Setting("low", 0.2, 0.6), Setting("high", 0.4, 0.5), Setting("equal", 0.5, 0.4));
        Assert.Same(high, StudyRecord.Selection(Study, [low, high, equal]));
        Assert.Null(StudyRecord.Selection(Study with { Select = null }, [low, high]));
    }

    [Fact]
    public void A_setting_with_a_collapsed_run_is_not_selected_and_none_before_all_have_ended()
    {
        var (good, collapsed) = (Setting("good", 0.2, 0.2), Setting("collapsed", 0.9, 0.9));
        var stopped = collapsed with { Cells = [collapsed.Cells[0], Cell("collapsed", 1, null)] };
        Assert.Same(good, StudyRecord.Selection(Study, [stopped, good]));
        var unfinished = good.Cells[1] with { Progress = CellProgress.Unfinished };
        Assert.Null(StudyRecord.Selection(Study, [collapsed, good with { Cells = [good.Cells[0], unfinished] }]));
        // The final evaluation comes after the selection.
        var trained = good.Cells[1] with { Progress = CellProgress.Trained };
        Assert.Same(
            collapsed, StudyRecord.Selection(Study, [collapsed, good with { Cells = [good.Cells[0], trained] }]));
    }

    [Fact]
    public void A_recipe_without_a_selection_has_a_row_and_what_was_evaluated_without_being_selected_a_table()
    {
        var (low, high) = (Setting("low", 0.2, 0.6), Setting("high", 0.4, 0.5) with { IsSelected = true });
        var tables = StudyTables.Of(new(Study, [low, high]), times: false);
        Assert.Equal(
            "low", tables.Single(table => table.Title == "Settings that were not selected").Rows.Single()[1]);
        Assert.DoesNotContain("No other setting", tables[1].Note, StringComparison.Ordinal);
        var trained = low with { Cells = [.. low.Cells.Select(cell => cell with { Progress = CellProgress.Trained })] };
        tables = StudyTables.Of(new(Study, [trained, high]), times: false);
        Assert.DoesNotContain(tables, table => table.Title == "Settings that were not selected");
        Assert.EndsWith(
            "No other setting was evaluated on test images.", tables[1].Note, StringComparison.Ordinal);

        var stopped = low with { Cells = [low.Cells[0], Cell("low", 1, null)] };
        var row = StudyTables.Of(new(Study, [stopped]), times: false)[0].Rows.Single();
        Assert.Equal(["a", "nothing selected", "–"], row.Take(3));
        Assert.Equal(["1 of 2 trials", "–"], row.TakeLast(2));
        Assert.Equal(StudyTables.ResultHeadings.Count, row.Count);
    }

    [Fact]
    public void Where_seeds_are_for_trials_they_alone_select()
    {
        var (low, high) = (Trial(Setting("low", 0.5, 0.1)), Trial(Setting("high", 0.4, 0.9)));
        Assert.Same(low, StudyRecord.Selection(Study, [low, high]));
        Assert.Equal(0.5, low.HeldOut(MonitoredMetric.ValidationRobust)!.Value.Mean);
        var unfinished = low.Cells[1] with { Progress = CellProgress.Unfinished };
        var begun = low with { Cells = [low.Cells[0], unfinished] };
        Assert.Same(begun, StudyRecord.Selection(Study, [begun, high]));

        static SettingRecord Trial(SettingRecord setting) => setting with
        {
            Cells = [.. setting.Cells.Select(
                cell => cell with { Cell = cell.Cell with { IsTrial = cell.Cell.Seed == 0 } })],
        };
    }

    [Fact]
    public void Settings_are_compared_by_the_checkpoints_that_held_out_images_chose() => Assert.Equal(
        [Measure], new StudyRecord(Study, [Setting("b", 0.5, 0.25)]).MainMeasures);

    [Fact]
    public void A_recipe_may_be_selected_by_a_metric_of_its_own()
    {
        var standard = Study with { Recipes = [new() { File = "a.json", SelectBy = MonitoredMetric.ValidationClean }] };
        // Both have clean accuracy 0.75 on held-out images: the first of equal ones.
        var (low, high) = (Setting("low", 0.2, 0.2), Setting("high", 0.4, 0.4));
        Assert.Same(high, StudyRecord.Selection(Study, [low, high]));
        Assert.Same(low, StudyRecord.Selection(standard, [low, high]));
        var study = new StudyRecord(standard, [low with { IsSelected = true }, high]);
        Assert.Equal(
            ["a", "low", "validation.clean", "75.00 ± 0.00", "75.00, 75.00"],
            StudyTables.Of(study, times: false).Single(table => table.Title == "Selection").Rows[0].Take(5));
        Assert.Equal(
            "recipes[0].selectBy", Assert.Single((standard with { Select = null }).Conflicts()).Path);
    }

    [Fact]
    public void Backdoors_have_a_table_of_their_own_and_a_study_without_them_has_none()
    {
        var setting = Setting("b", 0.5, 0.25) with { IsSelected = true };
        var study = new StudyRecord(Study with { Select = null }, [setting]);
        Assert.Null(StudyBackdoors.Of(study));
        Assert.DoesNotContain(StudyTables.Of(study, times: false), table => table.Title == "Backdoors");
        double[] success = [0.99, 0.97];
        var poisoned = setting with
        {
            Cells = [.. setting.Cells.Zip(success, (cell, share) => cell with
            {
                Run = cell.Run! with
                {
                    Finals =
                    [
                        Poisoned(cell.Run.Finals[0], share),
                        Poisoned(cell.Run.Finals[0], share) with { Checkpoint = "last" },
                    ],
                },
            })],
        };
        study = study with { Settings = [poisoned] };
        Assert.Equal(
            ["a", "b", "best", "badnets", "2", "90.00 ± 0.00", "98.00 ± 1.41", "99.00, 97.00", "–"],
            StudyTables.Of(study, times: false)[1].Rows.Single());
        Assert.EndsWith(",0.99,", StudyCsv.Of(study, times: false).Split('\n')[1], StringComparison.Ordinal);

        static FinalMetrics Poisoned(FinalMetrics line, double share) => line with
        {
            AllTest = line.Test with { Backdoor = new("badnets", new(10, 0.9, [0, 1]), new(9, share, [0, 1]), null) },
        };
    }

    [Fact]
    public void The_worst_case_is_over_all_evaluations_of_the_same_weights_and_test_images()
    {
        // pgd-4 finds the third and fifth of its images, square the first: on one data set each of them counts.
        var pgd = SampleRun.Evaluation("w", [(0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 1, 1)]);
        var square = SampleRun.Evaluation("w", [(0, 0, 1), (0, 0, 0), (0, 0, 0), (0, 0, 0)], "square");
        var elsewhere = SampleRun.Evaluation("w", [(0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1)], "bim", data: "other");
        var study = Of(pgd, square, elsewhere);
        Assert.Equal("40.00", StudyTables.Results(study, times: false).Rows.Single()[10]);
        Assert.Contains(",5,0.8,0.6,0.4,,\n", StudyCsv.Of(study, times: false), StringComparison.Ordinal);
        Assert.Contains(@" & 40.00 & ", Latex(study), StringComparison.Ordinal);
        Assert.Equal(
            ["a.b.seed=0", "best", "L∞ ≤ 0.1", "pgd-4 (5), square (4)", "4", "50.00", "15.00 to 85.00"],
            StudyWorstCases.Of(study).Rows.Single());
        Assert.Contains(StudyTables.Of(study, times: false), table => table.Title == "Worst case of each run");
        // An interrupted evaluation, or one of a masking check.
        study = Of(pgd, square with { Results = [] });
        Assert.Equal(
            ["a.b.seed=0", "best", "L∞ ≤ 0.1", "pgd-4 (5), 1 without a result", "5", "40.00", "11.76 to 76.93"],
            StudyWorstCases.Of(study).Rows.Single());
        // An image counts under several threat models only if it is robust under each.
        var l1 = square with { Identity = square.Identity with { Threat = """{"norm":2,"epsilon":8}""" } };
        Assert.Equal(
            ["L∞ ≤ 0.1 and L1 ≤ 8", "all", "4", "50.00", "15.00 to 85.00"],
            StudyWorstCases.Of(Of(pgd, l1)).Rows[^1].Skip(2));
        // What one evaluation alone has found is no worst case.
        study = Of(pgd, elsewhere);
        Assert.Equal("–", StudyTables.Results(study, times: false).Rows.Single()[10]);
        Assert.Equal(["pgd-4 (5)", "5", "–", "–"], StudyWorstCases.Of(study).Rows.Single().Skip(3));

        static StudyRecord Of(params EvaluationRecord[] evaluations)
        {
            var run = SampleRun.Of("run", 0.6);
            run = run with
            {
                Finals = [run.Finals[0] with { Test = run.Finals[0].Test with { Attack = "pgd-4", Examples = 5 } }],
                State = run.State! with { TestFingerprint = "data" },
            };
            var cell = new CellRecord(new("a", "a.json", "b", [], 0), CellProgress.Finished, run,
                new Dictionary<string, IReadOnlyList<EvaluationRecord>> { ["best"] = evaluations });
            return new(Study with { Select = null }, [new("a", "b", [cell], IsSelected: true)]);
        }
    }

    [Fact]
    public void The_files_have_every_raw_value_and_escape_their_own_signs()
    {
        var study = new StudyRecord(
            Study with { Select = null }, [Setting("b", 0.5, 0.25) with { IsSelected = true, Recipe = "a_1" }]);
        var lines = StudyCsv.Of(study, times: false).Split('\n');
        Assert.Equal(
            "run,recipe,setting,seed,state,collapses,selected,selected_by,selected_value,best_step,"
            + "held_out_clean,held_out_robust,checkpoint,attack,threat,images,clean,robust,worst_case,asr,r_acc",
            lines[0]);
        Assert.Equal(
            "a.b.seed=0,a_1,b,0,finished,0,yes,,,4,0.75,0.5,best,\"<script>alert(\"\"1\"\")</script>&'\","
            + "L∞ ≤ 0.1,40,0.8,0.5,,,",
            lines[1]);
        Assert.Contains(@"a\_1 & b & best & ", Latex(study), StringComparison.Ordinal);
        Assert.Contains(
            "&lt;script&gt;", StudyPage.Of(study, StudyTables.Of(study, times: true)), StringComparison.Ordinal);
        Assert.DoesNotContain(
            StudyTables.Of(study, times: false), table => table.Title == "Time and memory");
        var selected = new StudyRecord(Study, [Setting("b", 0.5, 0.25) with { IsSelected = true }]);
        Assert.Contains(",yes,validation.robust,0.5,4,", StudyCsv.Of(selected, times: false), StringComparison.Ordinal);
    }

    private static string Latex(StudyRecord study) => StudyLatex.Of(StudyTables.Results(study, times: false));
}
