using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Pictures;
using Trainer.Reports;
using Trainer.Reports.Examinations;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Evaluation;

namespace Trainer.Tests.Reports;

/// <summary>Class 1 iff the pixel is above 0.5, under ε = 0.1: what breaks, and by how much, is known.</summary>
public sealed class KeptImagesTests : IDisposable
{
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 0.1 };
    private readonly TemporaryFolder folder = new();
    private readonly ImageData data = new(
        tensor(new byte[] { 0, 110, 112, 140, 255, 200 }).reshape(6, 1, 1, 1), tensor(new long[] { 0, 0, 0, 1, 1, 0 }),
        ["dark", "bright"]);

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_pictures_are_the_first_broken_example_of_each_class_and_then_the_rest()
    {
        var (magnification, pictures) = new KeptImages(Evaluate(), data).Pictures(Threat);
        Assert.Equal(
            [(1L, 0, 1), (2L, 0, 1), (3L, 1, 0)], pictures.Select(
            picture => (picture.Index, picture.Label, picture.TakenFor)));
        Assert.Equal(5, magnification, 1e-4);
        // Steps of 0.05: 140 / 255 is below a half after the first, the others are above it after the second.
        Assert.Equal([0.1, 0.1, 0.05], pictures.Select(picture => Math.Round(picture.Linf, 6)));
        Assert.Equal([0.1, 0.1, 0.05], pictures.Select(picture => Math.Round(picture.L2, 6)));
        Assert.Equal(Grey(110), pictures[0].Clean);
        // 110 / 255 + 0.1 is 135.5 grey levels; the largest change is enlarged to white.
        Assert.Contains(pictures[0].Adversarial, new[] { Grey(135), Grey(136) });
        Assert.Equal([Grey(255), Grey(64)], [pictures[0].Perturbation, pictures[2].Perturbation]);
    }

    [Fact]
    public void Confusion_counts_the_clean_verdict_and_the_last_word()
    {
        var evaluation = Evaluate();
        Assert.Equal([[3, 1], [0, 2]], Confusion.Of(evaluation.Clean, 2).Counts);
        Assert.Equal([[1, 3], [1, 1]], Confusion.Of(evaluation.Last, 2).Counts);
        Assert.Equal([(0, 1, 3), (1, 0, 1)], Confusion.Of(evaluation.Last, 2).Mistakes());
    }

    [Fact]
    public void An_evaluation_under_way_is_not_one_that_is_finished()
    {
        Evaluate();
        Assert.Single(EvaluationRecord.ReadAll(folder.Path));
        File.Delete(Path.Combine(Directory.EnumerateDirectories(folder.Path).Single(), "results.json"));
        Assert.Empty(EvaluationRecord.ReadAll(folder.Path));
        Assert.Empty(EvaluationRecord.ReadAll(folder.At("nowhere")));
    }

    [Fact]
    public void Of_evaluations_that_differ_in_versions_alone_the_last_counts()
    {
        var older = Evaluate("engine 1");
        var newer = Evaluate("engine 2");
        var other = Evaluate("engine 1", weights: "others");
        foreach (var (record, minute) in new[] { (older, 2), (newer, 1), (other, 0) })
            File.SetLastWriteTimeUtc(
                Path.Combine(record.Folder, "results.json"), new(2026, 11, 22, 0, minute, 0, DateTimeKind.Utc));
        Assert.Equal(
            [other.Folder, older.Folder], EvaluationRecord.ReadAll(folder.Path).Select(record => record.Folder));
    }

    private EvaluationRecord Evaluate(string version = "engine 1", string weights = "weights")
    {
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        using var alone = new BatchWorkers(CPU, threads: 1);
        var key = RandomKey.Of(1);
        long[] indices = [0, 1, 2, 3, 4, 5];
        IAttack attack = new Pgd { Steps = 5, RandomStart = false };
        var identity = LedgerIdentity.Of(
            LedgerTests.Plan(new ConvSmall(), Threat, 4), (weights, "data"), [attack], indices, key, CPU) with
        { Versions = [version] };
        using var ledger = Ledger.Open(folder.Path, identity);
        var result = new RobustnessEvaluator(network.Classifier, Threat, key, 4, alone)
            .Run(data, indices, [attack], ledger: ledger)!;
        EvaluationReport.Write(ledger.Folder, result, identity, Training.TinyRun.Recipe().Value.EvaluationPlan, Threat);
        return EvaluationRecord.Read(ledger.Folder)!;
    }

    private static string Grey(byte value)
    {
        using var pixel = tensor(new[] { value }).reshape(1, 1, 1);
        return Convert.ToBase64String(Png.Encode(pixel));
    }
}
