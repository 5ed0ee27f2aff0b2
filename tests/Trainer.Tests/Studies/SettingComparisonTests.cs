using Trainer.Engine.Metrics;
using Trainer.Reports;
using Trainer.Reports.Studies;
using Trainer.Robustness.Metrics;
using Trainer.Tests.Reports;
using static Trainer.Tests.Studies.SampleStudy;

namespace Trainer.Tests.Studies;

public sealed class SettingComparisonTests
{
    private static readonly Measure Measure = new("best", SampleRun.Hostile, "L∞ ≤ 0.1", 40);

    [Fact]
    public void Under_several_threat_models_an_image_is_compared_by_all_of_them()
    {
        // Of the images 0 and 1, which both evaluations looked at, the first withstands 0 under both threat models and
        // 1 under L∞ alone, the second 1 under both.
        var first = Both([(0, 0, 0), (0, 0, 0), (0, 0, 1)], [(0, 0, 0), (0, 0, 1)]);
        var second = Both([(0, 0, 1), (0, 0, 0), (0, 0, 0)], [(0, 0, 0), (0, 0, 0)]);
        var (linf, l1) = (Measure with { Attack = "pgd-4", Examples = 3 }, Measure with
        {
            Attack = "l1",
            Examples = 2,
            Threat = "L1 ≤ 8",
        });
        var union = linf with { Attack = "pgd-4+l1", Examples = 2, Threat = "L∞ ≤ 0.1 and L1 ≤ 8" };
        Assert.Equal([linf, l1], first.Cells[0].PartsOf(union));
        Assert.Equal(new McNemar(1, 1), SettingComparison.Of(first, second, union)!.Images);
        Assert.Equal(new McNemar(1, 1), SettingComparison.Of(first, second, linf)!.Images);
        Assert.Equal(new McNemar(0, 1), SettingComparison.Of(first, second, l1)!.Images);

        static SettingRecord Both(
            IReadOnlyList<(long, long, long)> linf, IReadOnlyList<(long, long, long)> l1)
        {
            var cell = Cell("x", 0, 0.5);
            var under = SampleRun.Evaluation("w", l1, "l1");
            AccuracyMetrics test = new(3, 1, 0.5, "pgd-4");
            return new("a", "x", [cell with
            {
                Run = cell.Run! with
                {
                    Finals =
                    [
                        new("best", test), new("best", test with { Examples = 2, Attack = "l1" }) { Threat = "l1 8" },
                        new("best", test with { Examples = 2, Attack = "pgd-4+l1" }) { Threat = "linf 0.1 and l1 8" },
                    ],
                },
                Evaluations = new Dictionary<string, IReadOnlyList<EvaluationRecord>>
                {
                    ["best"] =
                    [
                        SampleRun.Evaluation("w", linf),
                        under with { Identity = under.Identity with { Threat = """{"norm":2,"epsilon":8}""" } },
                    ],
                },
            }], IsSelected: true);
        }
    }

    [Fact]
    public void Settings_are_paired_by_seed_and_each_image_counts_once()
    {
        // The first setting withstands image 0 with both seeds and image 1 with one; the second image 1 with both.
        var first = Setting("x", 0.5, 0.75, [[(0, 0, 0), (0, 0, 1)], [(0, 0, 0), (0, 0, 0)]]);
        var second = Setting("y", 0.25, 0.25, [[(0, 0, 1), (0, 0, 0)], [(0, 0, 1), (0, 0, 0)]]);
        var measure = Measure with { Attack = "pgd-4", Examples = 2 };
        var comparison = SettingComparison.Of(Of(first), Of(second), measure)!;
        Assert.Equal(new McNemar(1, 1), comparison.Images);
        Assert.Equal(new Sample(2, 0.375, Math.Sqrt(0.03125)), comparison.Robust.Differences);
        // Without a ledger the seeds are compared and the images are not.
        Assert.Null(SettingComparison.Of(Of(Setting("z", 0.5, 0.75)), Of(second), measure)!.Images);

        SettingRecord Of(SettingRecord setting) => setting with
        {
            Cells = [.. setting.Cells.Select(cell => cell with
            {
                Run = cell.Run! with
                {
                    Finals =
                    [
                        cell.Run.Finals[0] with
                        {
                            Test = cell.Run.Finals[0].Test with { Attack = "pgd-4", Examples = 2 },
                        },
                    ],
                },
            })],
        };
    }
}
