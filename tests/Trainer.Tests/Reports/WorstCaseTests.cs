using System.Text.Json;
using Trainer.Reports;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Reports;

public sealed class WorstCaseTests
{
    private const string Smaller = """{"norm":0,"epsilon":0.05}""", Larger = """{"norm":0,"epsilon":0.2}""";
    private const string Euclidean = """{"norm":1,"epsilon":0.05}""";
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 0.1 };

    // (label, clean prediction, prediction under attack) of each image. pgd-4 finds the third, square the first.
    private static readonly EvaluationRecord Pgd =
        SampleRun.Evaluation("w", [(0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 1, 1)]);
    private static readonly EvaluationRecord Square =
        SampleRun.Evaluation("w", [(0, 0, 1), (0, 0, 0), (0, 0, 0), (0, 0, 0)], "square");

    [Fact]
    public void An_image_is_robust_only_where_no_evaluation_misclassified_it()
    {
        var worst = WorstCase.Of([Pgd, Square], Threat);
        Assert.Equal(
            [new("pgd-4", new(3, 5), new(2, 5), FoundAlone: 2), new("square", new(3, 4), new(2, 4), FoundAlone: 1)],
            worst.Evaluations);
        // The fifth image met one of the attacks alone.
        Assert.Equal(new(2, 4), worst.Accuracy);
    }

    [Fact]
    public void Smaller_radii_of_the_same_norm_count_and_other_threat_models_do_not()
    {
        var all = WorstCase.Of([Pgd, Under(Square, Smaller)], Threat);
        Assert.Equal([new("pgd-4", new(3, 5), new(2, 5), FoundAlone: 2)], all.Evaluations);
        foreach (var other in (string[])[Larger, Euclidean])
            Assert.Equal(
                [new("pgd-4", new(3, 5), new(3, 5), FoundAlone: 2)],
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
            WorstCase.UnderEach([Pgd, smaller]).Select(worst => (worst.Threat, worst.Counted.Count)));
    }

    [Fact]
    public void An_evaluation_that_does_not_name_the_network_counts_with_those_of_every_network()
    {
        var (first, second) = (Of(Pgd, "first"), Of(Pgd, "second"));
        Assert.Equal(
            [2, 2],
            WorstCase.UnderEach([first, Of(Square, null), second]).Select(worst => worst.Counted.Count));
        Assert.Equal([2], WorstCase.UnderEach([Of(Pgd, null), Of(Square, null)]).Select(worst => worst.Counted.Count));

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
            [new("pgd-4", new(2, 2), new(1, 2), FoundAlone: 1)], WorstCase.Of([last], Threat).Evaluations);
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
