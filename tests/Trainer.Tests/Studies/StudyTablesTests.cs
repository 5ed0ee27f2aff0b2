using Trainer.Engine.Studies;
using Trainer.Reports.Studies;
using Trainer.Tests.Reports;
using static Trainer.Tests.Studies.SampleStudy;

namespace Trainer.Tests.Studies;

public sealed class StudyTablesTests
{
    private static readonly Study Study = new() { Name = "board", Recipes = [new() { File = "a.json" }] };

    [Fact]
    public void A_collapse_is_in_the_row_of_its_setting_and_in_a_table_of_its_own()
    {
        var setting = Setting("b", 0.5, 0.25) with { IsSelected = true };
        setting = setting with { Cells = [.. setting.Cells, Cell("b", 2, null)] };
        var study = new StudyRecord(Study, [setting]);
        var row = StudyTables.Results(study, times: false).Rows[0];
        Assert.Equal(
            ["a", "b", "best", SampleRun.Hostile, "L∞ ≤ 0.1", "40", "2 of 3", "80.00 ± 0.00", "37.50 ± 17.68",
                "50.00, 25.00, collapsed†", "–", "1 of 3", "–"], row);
        Assert.Equal(
            ["a.b.seed=2", "4", "catastrophic-overfitting", "stopped", "Fell."],
            StudyTables.Of(study, times: false).Single(table => table.Title == "Collapses of training").Rows.Single());
    }

    [Fact]
    public void Collapses_are_counted_of_the_runs_whose_training_has_ended()
    {
        var setting = Setting("b", 0.5, 0.25) with { IsSelected = true };
        var later = setting.Cells[1] with { Run = null, Progress = CellProgress.NotStarted };
        var study = new StudyRecord(Study, [setting with { Cells = [.. setting.Cells, later] }]);
        var row = StudyTables.Results(study, times: false).Rows[0];
        Assert.Equal(("2 of 3", "50.00, 25.00, not started", "0 of 2"), (row[6], row[9], row[11]));
        // Its mean is not that of the others' seeds.
        Assert.Equal("–", row[12]);
    }

    [Fact]
    public void A_setting_all_of_whose_runs_collapsed_has_a_row_without_values()
    {
        var (good, collapsed) = (Setting("good", 0.5, 0.25), Setting("bad", 0, 0));
        collapsed = collapsed with { Cells = [Cell("bad", 0, null), Cell("bad", 1, null)] };
        var study = new StudyRecord(
            Study, [good with { IsSelected = true }, collapsed with { IsSelected = true }]);
        Assert.Equal(
            ["a", "bad", "best", SampleRun.Hostile, "L∞ ≤ 0.1", "40", "0 of 2", "–", "–", "collapsed†, collapsed†", "–",
                "2 of 2", "–"], StudyTables.Results(study, times: false).Rows[1]);
        Assert.Equal(["good", "bad"], StudyTables.Results(study, times: false).Rows.Take(2).Select(row => row[1]));
        Assert.Contains(@" & bad & best & ", Latex(study), StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_without_a_measurement_is_neither_on_the_front_nor_behind_it()
    {
        var (good, trained) = (Setting("good", 0.5, 0.25), Setting("trained", 0, 0));
        trained = trained with
        {
            Cells = [.. trained.Cells.Select(cell => cell with { Progress = CellProgress.Trained })],
        };
        var study = new StudyRecord(Study, [good with { IsSelected = true }, trained with { IsSelected = true }]);
        Assert.Equal(
            [("good", "2", "yes"), ("trained", "0 of 2", "–")],
            StudyTables.Results(study, times: false).Rows.Take(2).Select(row => (row[1], row[6], row[12])));
    }

    [Fact]
    public void A_setting_with_a_stopped_run_leads_no_front()
    {
        // Without its third run, which was stopped, it would beat the other in robust accuracy.
        var (fragile, good) = (Setting("fragile", 0.9, 0.9), Setting("good", 0.5, 0.25));
        fragile = fragile with { Cells = [.. fragile.Cells, Cell("fragile", 2, null)] };
        var study = new StudyRecord(
            Study, [fragile with { IsSelected = true }, good with { IsSelected = true }]);
        Assert.Equal(
            [("fragile", "–"), ("good", "yes")],
            StudyTables.Results(study, times: false).Rows.Take(2).Select(row => (row[1], row[12])));
        Assert.Equal([study.Settings[1]], StudyTables.Front(study.Measures[0], study.Shown));
    }

    [Fact]
    public void A_setting_with_a_stopped_run_is_compared_without_a_p_value()
    {
        var third = Cell("fragile", 2, null);
        var (fragile, good) = (
            Setting("fragile", 0.9, 0.7, [[(0, 0, 0), (0, 0, 0)], [(0, 0, 0), (0, 0, 0)]]),
            Setting("good", 0.5, 0.25, [[(0, 0, 1), (0, 0, 0)], [(0, 0, 1), (0, 0, 0)]]));
        Assert.Equal(["2", "42.50 ± 3.54"], Compared("Differences over seeds").Skip(5).Take(2));
        Assert.NotEqual("–", Compared("Differences over seeds")[8]);
        // A seed that the other does not have changes nothing.
        (fragile, var both) = (fragile with { Cells = [.. fragile.Cells, third] }, fragile);
        Assert.Equal(["2", "42.50 ± 3.54"], Compared("Differences over seeds").Skip(5).Take(2));
        Assert.NotEqual("–", Compared("Differences over seeds")[8]);
        (fragile, good) = (both with { Cells = [.. both.Cells, third] },
            good with { Cells = [.. good.Cells, Cell("good", 2, 0.5)] });
        Assert.Equal(["2 of 3†", "42.50 ± 3.54", "–", "–"], Compared("Differences over seeds").Skip(5).Take(4));
        Assert.Equal("2 of 3†", Compared("Differences over images")[5]);
        Assert.Equal("–", Compared("Differences over images")[8]);

        IReadOnlyList<string> Compared(string table) => StudyTables.Of(
            new(Study, [fragile with { IsSelected = true }, good with { IsSelected = true }]), times: false)
            .Single(one => one.Title == table).Rows[0];
    }

    [Fact]
    public void The_results_have_the_mean_time_and_the_highest_peak_memory()
    {
        // The sample's two epochs take 61.5 s and 60 s; the second run's last epoch is a minute longer.
        var setting = Setting("b", 0.5, 0.25) with { IsSelected = true };
        var (first, second) = (setting.Cells[0], setting.Cells[1]);
        var epochs = second.Run!.Epochs;
        setting = setting with
        {
            Cells =
            [
                first with { Run = first.Run! with { Usage = new(200, 300_000_000) } },
                second with
                {
                    Run = second.Run with
                    {
                        Usage = new(300, 200_000_000),
                        Epochs = [epochs[0], epochs[1] with { Seconds = 120 }],
                    },
                },
            ],
        };
        var table = StudyTables.Results(new(Study, [setting]), times: true);
        Assert.Equal(["training, minutes", "peak memory"], table.Headings.TakeLast(2));
        Assert.Equal(["2.5", "300\u00A0MB"], table.Rows[0].TakeLast(2));
    }

    private static string Latex(StudyRecord study) => StudyLatex.Of(StudyTables.Results(study, times: false));
}
