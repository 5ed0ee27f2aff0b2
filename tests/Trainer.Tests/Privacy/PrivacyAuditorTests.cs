using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Privacy;
using Trainer.Engine.Training;
using Trainer.Robustness.Random;
using Trainer.Tests.Training;

namespace Trainer.Tests.Privacy;

/// <summary>Audits of a network with random weights, which has seen no image.</summary>
public sealed class PrivacyAuditorTests : IDisposable
{
    private const int Count = 2000;
    private const int Pixels = 16;
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Generator generator = new(11);
    private readonly DataSplits pool;
    private readonly SavedClassifier saved;

    public PrivacyAuditorTests()
    {
        pool = new(Noise(Count), Noise(0), Noise(10), "noise");
        // The difference of the two logits has the deviation 1 over the images.
        var source = SavedLinear.Write(
            folder.At("weights"), randn([2, Pixels], generator: generator) * Math.Sqrt(12.0 / (2 * Pixels)), zeros(2));
        saved = new(source, Recipe.EvaluationPlan, pool, CPU);
    }

    public void Dispose()
    {
        saved.Dispose();
        pool.Dispose();
        generator.Dispose();
        scope.Dispose();
        folder.Dispose();
    }

    private static Recipe Recipe =>
        TinyRun.Recipe().Value with { Model = new TinyArchitecture(new float[2, Pixels]) };

    [Fact]
    public void No_leak_is_found_where_there_is_none()
    {
        const int Splits = 20;
        var (outside, sum) = (0, 0.0);
        for (var split = 0; split < Splits; split++)
        {
            var rate = Audit(split, PrivacyAttack.Loss).Methods.Single().Rates.Single(one => one.Most == 0.01).Rate;
            Assert.Equal(Count / 2, rate.Examples);
            sum += rate.Value;
            outside += rate.Interval[0] > 0.01 || rate.Interval[1] < 0.01 ? 1 : 0;
        }
        Assert.InRange(outside, 0, 3);
        // On average 11 / 1,001, with the deviation √(2 · 11) / 1,000 / √20: within four of them.
        Assert.InRange(sum / Splits, 0.0068, 0.0152);
    }

    [Fact]
    public void Only_attacks_that_compare_with_other_models_need_shadow_models()
    {
        PrivacyAttack[] needing = [PrivacyAttack.LiraOnline, PrivacyAttack.LiraOffline, PrivacyAttack.Rmia];
        Assert.Equal(needing, Enum.GetValues<PrivacyAttack>().Where(PrivacyAuditor.NeedsShadows));
    }

    [Fact]
    public void An_unknown_method_is_refused() => Assert.Equal(
        "method", Assert.Throws<ArgumentOutOfRangeException>(() => Audit(0, (PrivacyAttack)99)).ParamName);

    /// <summary>Draws which of the images are called members, and audits them.</summary>
    private PrivacyReport Audit(int split, PrivacyAttack method)
    {
        var all = AuditedImages.All(pool.Train);
        var members = Permutation.Of(RandomKey.Of(split), Count).Take(Count / 2).ToHashSet();
        var examples = new AuditedExamples(
            all.Where(members.Contains), all.Where(row => !members.Contains(row)), pool, "images", split);
        var target = AuditedModel.Target(saved, examples, 500, null, Recipe.Threat, split);
        return new PrivacyAuditor(examples, split) { Methods = [method] }
            .Run(target, [], "weights", folder.At("audit"));
    }

    private ImageData Noise(int count) => new(
        randint(0, 256, [count, 1, 4, 4], ScalarType.Byte, generator: generator).DetachFromDisposeScope(),
        randint(0, 2, [count], ScalarType.Int64, generator: generator).DetachFromDisposeScope(), ["a", "b"]);
}
