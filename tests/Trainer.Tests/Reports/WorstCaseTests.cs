using System.Text.Json;
using System.Xml.Linq;
using Trainer.Reports;
using Trainer.Reports.Pages;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Reports;

public sealed class WorstCaseTests
{
    private const string Smaller = """{"norm":0,"epsilon":0.05}""", Larger = """{"norm":0,"epsilon":0.2}""";
    private const string Euclidean = """{"norm":1,"epsilon":0.05}""";
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 0.1 };

    // (label, clean prediction, prediction under attack) of each image. pgd-4 finds the third, square the first; the
    // fifth is misclassified without an attack.
    private static readonly EvaluationRecord Pgd =
        SampleRun.Evaluation("w", [(0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 1, 1)]);
    private static readonly EvaluationRecord Square =
        SampleRun.Evaluation("w", [(0, 0, 1), (0, 0, 0), (0, 0, 0), (0, 0, 0)], "square");

    [Fact]
    public void An_image_is_robust_only_where_no_evaluation_misclassified_it()
    {
        var worst = WorstCase.Of([Pgd, Square], Threat);
        Assert.Equal(
            [new("pgd-4", new(3, 5), new(2, 5), FoundAlone: 1), new("square", new(3, 4), new(2, 4), FoundAlone: 1)],
            worst.Evaluations);
        // The fifth image met one of the attacks alone.
        Assert.Equal(new(2, 4), worst.Accuracy);
    }

    [Fact]
    public void Found_alone_are_images_that_another_evaluation_attacked_without_success()
    {
        var five = SampleRun.Evaluation("w", [(0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 0, 1)]);
        // Square did not look at the fifth image; interrupted before its attack, it has attacked none.
        Assert.Equal([1, 1], WorstCase.Of([five, Square], Threat).Evaluations.Select(row => row.FoundAlone));
        var begun = new EvaluationRecord(Square.Folder, Square.Attack, Square.Identity, [], [Square.Blocks[0]]);
        Assert.Equal([0], WorstCase.Of([five, begun], Threat).Evaluations.Select(row => row.FoundAlone));
    }

    [Fact]
    public void What_an_earlier_version_of_an_attack_found_lowers_the_accuracy_under_that_name()
    {
        var now = Square with { Earlier = [SampleRun.Evaluation("w", [(0, 0, 0), (0, 0, 1)], "square")] };
        var (accuracy, by) = WorstCase.Of([now], Threat).Beyond(now);
        Assert.Equal(new(2, 4), accuracy);
        Assert.Equal(["square (an earlier version)"], by);
        Assert.Empty(WorstCase.Of([Square], Threat).Beyond(Square).By);
    }

    [Fact]
    public void Rows_of_one_attack_with_other_options_have_these()
    {
        var more = Square with { Identity = Square.Identity with { Attacks = ["square of 5,000 queries"] } };
        Assert.Equal(
            ["square: square", "square: square of 5,000 queries"],
            WorstCase.Of([Square, more], Threat).Evaluations.Select(row => row.Attack));
    }

    [Fact]
    public void Smaller_radii_of_the_same_norm_count_and_other_threat_models_do_not()
    {
        // What an attack with a smaller radius does not find is not found alone.
        var all = WorstCase.Of([Pgd, Under(Square, Smaller)], Threat);
        Assert.Equal([new("pgd-4", new(3, 5), new(2, 5), FoundAlone: 0)], all.Evaluations);
        foreach (var other in (string[])[Larger, Euclidean])
            Assert.Equal(
                [new("pgd-4", new(3, 5), new(3, 5), FoundAlone: 0)],
                WorstCase.Of([Pgd, Under(Square, other)], Threat).Evaluations);
    }

    [Fact]
    public void An_image_that_a_smaller_radius_broke_is_broken_where_no_evaluation_of_the_larger_one_looked_at_it()
    {
        // The larger radius saw the first two images alone and broke neither.
        var larger = SampleRun.Evaluation("w", [(0, 0, 0), (0, 0, 0)]);
        var worst = WorstCase.Of([larger, Under(Pgd, Smaller)], Threat);
        Assert.Equal([2L, 4L], worst.Broken.Order());
        Assert.Equal(new(2, 2), worst.Accuracy);
        Assert.Empty(WorstCase.Of([larger, Under(Pgd, Larger), Under(Pgd, Euclidean)], Threat).Broken);
    }

    [Fact]
    public void The_images_of_an_evaluation_have_a_worst_case_where_another_one_looked_at_some_of_them()
    {
        var smaller = Under(Square, Smaller);
        Assert.Equal(new(2, 5), WorstCase.Of([Pgd, smaller], Threat).OnImagesOf(Pgd));
        Assert.Null(WorstCase.Of([Pgd, smaller], Threat).OnImagesOf(smaller));
        Assert.Null(WorstCase.Of([Pgd, Under(Square, Larger)], Threat).OnImagesOf(Pgd));
        Assert.Equal(
            [(Threat, 2), (Threat with { Epsilon = 0.05 }, 1)],
            WorstCase.UnderEach([Pgd, smaller]).Single().Select(worst => (worst.Threat, worst.Counted.Count)));
    }

    [Fact]
    public void An_evaluation_that_does_not_name_the_network_counts_with_those_of_every_network()
    {
        var (first, second) = (Of(Pgd, "first"), Of(Pgd, "second"));
        Assert.Equal(
            [2, 2],
            WorstCase.UnderEach([first, Of(Square, null), second]).Select(worst => worst.Single().Counted.Count));
        Assert.Equal(
            [2], WorstCase.UnderEach([Of(Pgd, null), Of(Square, null)]).Single().Select(worst => worst.Counted.Count));

        static EvaluationRecord Of(EvaluationRecord record, string? network) =>
            record with { Identity = record.Identity with { Network = network! } };
    }

    [Fact]
    public void Under_several_threat_models_an_image_must_be_robust_under_each()
    {
        var l2 = new ThreatModel { Norm = Norm.L2, Epsilon = 0.05 };
        EvaluationRecord[] records = [Pgd, Under(Square, Euclidean)];
        // Of the four images that both looked at: the first falls under L2, the third under L∞.
        Assert.Equal(new(2, 4), WorstCase.UnderAll([WorstCase.Of(records, Threat), WorstCase.Of(records, l2)]));
    }

    [Fact]
    public void A_repeated_evaluation_misclassifies_what_any_of_its_repetitions_did()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, threads, attacked) in (ReadOnlySpan<(string, string, long)>)[("a", "1", 1), ("b", "2", 0)])
        {
            var record = SampleRun.Evaluation("w", [(0, 0, attacked), (0, 0, 0)]);
            Directory.CreateDirectory(folder.At(name));
            File.WriteAllLines(
                folder.At(name, "ledger.jsonl"),
                [
                    (record.Identity with { Versions = [threads] }).ToJson(),
                    .. record.Blocks.Select(block => JsonSerializer.Serialize(block, JsonSerializerOptions.Web)),
                ]);
            File.WriteAllText(folder.At(name, "results.json"), """{ "attack": "pgd-4" }""");
            File.SetLastWriteTimeUtc(
                folder.At(name, "results.json"), new(2026, 1, threads == "1" ? 1 : 2, 0, 0, 0, DateTimeKind.Utc));
        }
        var last = Assert.Single(EvaluationRecord.ReadAll(folder.At("")));
        Assert.All(last.Last, example => Assert.Null(example.BrokenBy));
        Assert.Equal(
            [new("pgd-4", new(2, 2), new(1, 2), FoundAlone: 0)], WorstCase.Of([last], Threat).Evaluations);
    }

    [Fact]
    public void What_an_interrupted_evaluation_or_a_masking_check_broke_is_broken()
    {
        using var folder = new TemporaryFolder();
        Write("finished", Pgd, """{ "attack": "pgd-4" }""");
        Write("interrupted", Square with { Blocks = Square.Blocks.Take(2).ToList() });
        // The smoothed network is another one, and corruptions are no attack.
        Write("smoothed", Of("smoothing sigma 0.25, version 1", "Pgd {}"));
        Write("corrupted", Under(Of("common corruptions, version 1"), """{"norm":0,"epsilon":0}"""));
        // Of the same evaluation with another number of threads, which finds nothing alone.
        Write("twin", Pgd with { Identity = Pgd.Identity with { Versions = ["2 threads"] } });
        // Before its first block, before its first line, and damaged.
        Write("begun", Pgd with { Blocks = [] });
        Directory.CreateDirectory(folder.At("empty"));
        File.WriteAllText(folder.At("empty", "ledger.jsonl"), """{"weights":""");
        Directory.CreateDirectory(folder.At("damaged"));
        File.WriteAllText(folder.At("damaged", "ledger.jsonl"), "rubbish\n");
        var records = EvaluationRecord.ReadWithInterrupted(folder.At(""));
        var worst = WorstCase.Of(records, Threat);
        Assert.Equal([new("pgd-4", new(3, 5), new(2, 5), FoundAlone: 1)], worst.Evaluations);
        Assert.Equal([0L, 2L, 4L], worst.Broken.Order());
        Assert.Equal(["pgd-4", "square"], worst.Counted.Select(record => record.Attack));
        Assert.Equal([Threat], WorstCase.UnderEach(records).Single().Select(one => one.Threat));

        static EvaluationRecord Of(params string[] attacks)
        {
            var all = SampleRun.Evaluation("w", [(0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1)]);
            return all with { Identity = all.Identity with { Attacks = attacks } };
        }

        void Write(string name, EvaluationRecord record, string? results = null)
        {
            Directory.CreateDirectory(folder.At(name));
            var identity = record.Identity.Attacks is [var only] && !only.Contains(' ', StringComparison.Ordinal)
                ? record.Identity with { Attacks = [$"{only} {{}}"] } : record.Identity;
            File.WriteAllLines(folder.At(name, "ledger.jsonl"), [identity.ToJson(),
                .. record.Blocks.Select(block => JsonSerializer.Serialize(block, JsonSerializerOptions.Web))]);
            if (results is not null)
                File.WriteAllText(folder.At(name, "results.json"), results);
        }
    }

    [Fact]
    public void Programs_read_the_worst_case_under_each_threat_model_and_under_all()
    {
        var l2 = new ThreatModel { Norm = Norm.L2, Epsilon = 0.05 };
        EvaluationRecord[] records = [Pgd, Under(Square, Euclidean)];
        var summaries = WorstCase.Summaries([WorstCase.Of(records, Threat), WorstCase.Of(records, l2)]);
        Assert.Equal(
            ["linf 0.1", "l2 0.05", "linf 0.1, l2 0.05"],
            summaries.Select(one => string.Join(", ", one.Threats.Select(
                threat => $"{threat.Norm} {threat.Epsilon}"))));
        Assert.Equal([(5L, 0.6), (4L, 0.75), (4L, 0.5)], summaries.Select(
            one => (one.Common.Examples, one.Common.Value!.Value)));
        var evaluation = Assert.Single(summaries[0].Evaluations);
        Assert.Equal(("pgd-4", 0), (evaluation.Attack, evaluation.FoundAlone));
        Assert.Empty(summaries[2].Evaluations);
        // No common image has no share.
        Assert.Null(WorstCase.Summaries([WorstCase.Of([], Threat)])[0].Common.Value);
    }

    [Fact]
    public void A_report_has_the_worst_case_of_weights_with_several_evaluations()
    {
        var other = SampleRun.Evaluation("v", [(0, 0, 0)]);
        var page = XElement.Parse($"<div>{WorstCaseSection.Of([Pgd, other, Square])}</div>");
        Assert.Equal(
            [
                ["w", "L∞ ≤ 0.1", "pgd-4", "5", "60.0 %", "40.0 %", "11.8 to 76.9 %", "1"],
                ["w", "L∞ ≤ 0.1", "square", "4", "75.0 %", "50.0 %", "15.0 to 85.0 %", "1"],
                ["w", "L∞ ≤ 0.1", "all, common images", "4", "", "50.0 %", "15.0 to 85.0 %", ""],
            ],
            page.Rows("worst case"));
        Assert.Equal("", $"{WorstCaseSection.Of([Pgd, other])}");
        // Of several threat models, all together.
        page = XElement.Parse($"<div>{WorstCaseSection.Of([Pgd, Under(Square, Euclidean)])}</div>");
        Assert.Equal(["4", "", "50.0 %", "15.0 to 85.0 %", ""], page.Rows("worst case").Single().Skip(3));
    }

    [Fact]
    public void Without_an_evaluation_there_is_no_image()
    {
        var worst = WorstCase.Of([Under(Pgd, Larger)], Threat);
        Assert.Empty(worst.Evaluations);
        Assert.Equal(0, worst.Accuracy.Examples);
    }

    private static EvaluationRecord Under(EvaluationRecord record, string threat) =>
        record with { Identity = record.Identity with { Threat = threat } };
}
