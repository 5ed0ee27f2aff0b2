using System.Text.Json.Nodes;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Certification;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Smoothing;
using Trainer.Robustness.Threats;
using Trainer.Tests.Distributed;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation;

public sealed class FinalCertificationTests : IDisposable
{
    private const int Images = 21;
    private static readonly SmoothingOptions Options = new() { Sigma = 0.1, N0 = 20, N = 1000 };
    private static readonly SmoothedAttack Attack =
        new(new Pgd { Steps = 3 }, new() { Norm = Norm.L2, Epsilon = 0.1 }) { Draws = 3, PredictionDraws = 1000 };
    private readonly SmallEvaluation small = new();

    public void Dispose() => small.Dispose();

    [Fact]
    public void A_stopped_certification_resumes_to_the_same_ledger_whatever_the_batch_size_and_processes()
    {
        // Three blocks, of ten images each but the last.
        var options = Options with { N = 2000 };
        var whole = Certify("whole", options)!;
        var asked = 0;
        Assert.Null(Certify("stopped", options, stop: () => ++asked == 2));
        var half = Assert.Single(Ledgers("stopped"));
        Assert.Equal(2, half.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        var resumed = Certify("stopped", options, ("evaluate.batchSize", 7))!;
        Assert.Equal(whole.CertifiedRadii, resumed.CertifiedRadii);
        Assert.Equal(Ledgers("whole"), Ledgers("stopped"));
        var threads = get_num_threads();
        var shared = ThreadCollectives.Run(3, processes =>
        {
            Threads.Use(threads);
            return Certify("shared", options, processes: processes)!;
        });
        Assert.Equal(Ledgers("whole"), Ledgers("shared"));
        Assert.All(shared, one => Assert.Equal(whole.AverageRadius, one.AverageRadius));
        Assert.Contains("smoothing sigma 0.1, n0 20, n 2000, alpha 0.001, version 1", half, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopping_early_gives_the_same_certified_accuracy_in_a_ledger_of_its_own()
    {
        var (whole, early) = (Certify("kept")!, Certify("kept", stopsEarly: true)!);
        Assert.Equal(whole.CertifiedRadii, early.CertifiedRadii);
        Assert.Equal(2, Ledgers("kept").Count);
        Assert.InRange(whole.Certified(0).Correct, 1, Images - 1);
        Assert.Contains(whole.Examples, example => example.BrokenBy == EvaluationStage.Clean);
        Assert.All(early.Examples.Where(example => example.BrokenBy == EvaluationStage.Clean),
            example => Assert.Equal(0, example.Votes!.Sum()));
    }

    [Fact]
    public void The_smoothed_network_is_attacked_where_it_is_certified_and_judged_by_its_prediction()
    {
        var result = Certify("attacked", attack: Attack)!;
        Assert.Equal(result.Certified(0).Correct, result.Attacked.Count);
        Assert.All(result.Attacked, example => Assert.Equal(1000, example.Votes!.Sum()));
        Assert.InRange(result.UnderAttack!.Value.Correct, 0, result.Certified(0).Correct);
        // No certificate is beaten by an attack inside it.
        Assert.InRange(result.UnderAttack.Value.Correct, result.Certified(0.1).Correct, Images);
        Assert.Empty(result.Contradictions);
        // The ball's radius is 0.1, and the images are in [0, 1].
        Assert.All(result.Attacked, example => Assert.InRange(example.Distance!.Value, 1e-4, 0.1 + 1e-6));
        // In L2 also where the ball is in L∞: more than one pixel moved.
        var linf = Attack with { Threat = new() { Norm = Norm.Linf, Epsilon = 0.05 } };
        Assert.All(Certify("linf", attack: linf)!.Attacked, example => Assert.InRange(
            example.Distance!.Value, 0.06, 0.05 * Math.Sqrt(64)));
        Assert.Equal(2, Ledgers("attacked").Count);
        // Three steps on three draws of each.
        Assert.Contains(Ledgers("attacked"), ledger => ledger.Contains(
            $"\"backward\":{9 * Math.Min(20, result.Attacked.Count)},", StringComparison.Ordinal));
        var strong = Attack with { Threat = Attack.Threat with { Epsilon = 3 } };
        Assert.InRange(Certify("attacked", attack: strong)!.UnderAttack!.Value.Correct, 0,
            result.UnderAttack.Value.Correct - 1);
        // The certificates themselves came from the ledger.
        Assert.Equal(3, Ledgers("attacked").Count);
        // Three votes decide nothing at this α: every prediction abstains, which counts as misclassified.
        var undecided = Certify("attacked", attack: Attack with { PredictionDraws = 3 })!;
        Assert.Equal(0, undecided.UnderAttack!.Value.Correct);
        Assert.All(undecided.Attacked, example => Assert.Equal(Certifier.Abstains, example.Predicted));
    }

    [Fact]
    public void A_result_counts_certified_images_and_contradictions()
    {
        LedgerExample[] examples = [new(0, 1, 1, Radius: 0.6), new(1, 1, 0, EvaluationStage.Clean, Radius: 0.9),
            new(2, 1, Certifier.Abstains, "abstains"), new(3, 0, 0, Radius: 0.2)];
        var result = new CertificationResult(new() { Sigma = 0.25 }, examples);
        Assert.Equal((2, 1, 1, 0), (result.Certified(0).Correct, result.Certified(0.25).Correct,
            result.Certified(0.6).Correct, result.Certified(0.61).Correct));
        Assert.Equal(0.2, result.AverageRadius, 1e-12);
        Assert.Equal([0, 0.25, 0.5, 0.75], result.Radii);
        Assert.Equal(0.9526, result.LargestRadius, 1e-3);
        Assert.Equal(24.75, new CertificationResult(new() { Sigma = 1e12 }, examples).Radii[^1]);
        var attacked = result with
        {
            Attack = Attack with { Threat = Attack.Threat with { Epsilon = 0.5 } },
            Attacked = [new(0, 1, 0, "pgd", Distance: 0.5), new(3, 0, 1, "pgd", Distance: 0.5)],
        };
        Assert.Equal([0L], attacked.Contradictions);
        // By the distance of the image itself, whatever norm and radius the threat model has.
        Assert.Equal([0L, 3L], (attacked with
        {
            Attack = Attack with { Threat = new() { Norm = Norm.Linf, Epsilon = 1 } },
            Attacked = [.. attacked.Attacked.Select(example => example with { Distance = 0.2 })],
        }).Contradictions);
        Assert.Empty((attacked with
        {
            Attacked = [.. attacked.Attacked.Select(example => example with { Distance = 0.61 })],
        }).Contradictions);
        // One of four, where α allows one in five hundred.
        Assert.False(attacked.IsContradictory);
        var many = attacked with
        {
            Examples = [.. Enumerable.Range(0, 4).Select(row => new LedgerExample(row, 1, 1, Radius: 0.6))],
            Attacked = [.. Enumerable.Range(0, 4).Select(row => new LedgerExample(row, 1, 0, "pgd", Distance: 0.5))],
        };
        Assert.True(many.IsContradictory);
        // Four parts and the certificate may each be wrong; 15 of 1,000 are too many of two verdicts, not of five.
        var (pgd, parts) = (Of(15, Attack.Attack), Of(15, new AutoAttack()));
        Assert.Equal((true, false, true), (
            pgd.IsContradictory, parts.IsContradictory, Of(30, new AutoAttack()).IsContradictory));
        // Of a thousand images three are within their radius, and all of them are contradictions.
        Assert.False((Of(3, new AutoAttack()) with { Attacked = [.. parts.Attacked.Take(3)] }).IsContradictory);

        CertificationResult Of(int contradictions, IAttack attack) => attacked with
        {
            Attack = Attack with { Attack = attack },
            Examples = [.. Enumerable.Range(0, 1000).Select(row => new LedgerExample(row, 1, 1, Radius: 0.6))],
            Attacked =
            [
                .. Enumerable.Range(0, 1000).Select(row => row < contradictions
                    ? new LedgerExample(row, 1, 0, "pgd", Distance: 0.5) : new LedgerExample(row, 1, 1, Distance: 0.5)),
            ],
        };
        Assert.Empty((attacked with
        {
            Attacked = [new(0, 1, Certifier.Abstains, "pgd", Distance: 0.5)],
        }).Contradictions);
    }

    private CertificationResult? Certify(
        string place, SmoothingOptions? options = null, (string Path, JsonNode? Value)? change = null,
        Func<bool>? stop = null, bool stopsEarly = false, SmoothedAttack? attack = null, Collectives? processes = null)
    {
        // Each process counts its own passes.
        using var classifier = new Classifier(small.Network, 2);
        var plan = TinyRun.Recipe(change is { } one ? [one] : []).Value.EvaluationPlan;
        long[] indices = [.. Enumerable.Range(0, Images).Select(index => (long)index)];
        return new FinalCertification(classifier, plan, small.Data, options ?? Options)
        {
            StopEarly = stopsEarly,
            Attack = attack,
        }.Run(
            indices, small.Alone, new(processes is null or { IsFirst: true } ? small.Folder.At(place) : null, stop)
            {
                Processes = processes ?? OneProcess.Instance,
            });
    }

    private List<string> Ledgers(string place) => [.. Directory.GetFiles(
        small.Folder.At(place), "ledger.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(File.ReadAllText)];
}
