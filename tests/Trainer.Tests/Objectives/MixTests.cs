using System.Text.Json.Nodes;
using Trainer.Recipes;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Training;

namespace Trainer.Tests.Objectives;

public sealed class MixTests
{
    // Logits of a one-value image x: (x, 0). With class 0 the cross-entropy is log(1 + e^-x).
    private static readonly float[,] Slope = { { 1 }, { 0 } };

    [Theory]
    [InlineData(0.5, 8, 4)]
    [InlineData(0.3, 8, 2)]
    [InlineData(0.5, 5, 3)]
    [InlineData(0.5, 1, 1)]
    [InlineData(0.0, 8, 0)]
    public void The_clean_share_of_a_batch_is_rounded(double fraction, long rows, long clean) =>
        Assert.Equal(clean, new PgdAt
        {
            Attack = new Pgd { Steps = 1 },
            Mix = new() { CleanFraction = fraction },
        }.CleanRows(rows));

    [Fact]
    public void Paired_rows_are_all_attacked() => Assert.Equal(0, new PgdAt
    {
        Attack = new Pgd { Steps = 1 },
        Mix = new() { CleanFraction = 0.5, Pairing = Pairing.Paired },
    }.CleanRows(8));

    [Fact]
    public void Disjoint_rows_weigh_as_stated()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Slope);
        var loss = new PgdAt
        {
            Attack = new Pgd { Steps = 1 },
            Mix = new()
            {
                CleanFraction = 0.25,
                CleanWeight = 3,
            }
        }.LossUnchecked(Batch(network, 1, 9, 9, 9), Values(2, 3, 4));
        Assert.Equal(
            ((3 * CrossEntropy(1)) + CrossEntropy(2) + CrossEntropy(3) + CrossEntropy(4)) / 6, loss.Loss.item<float>(),
            1e-6);
        Assert.Equal([1L], loss.Clean!.Labels.shape);
        Assert.Equal([3L], loss.Adversarial!.Labels.shape);
    }

    [Fact]
    public void Paired_rows_weigh_as_stated()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Slope);
        var loss = new PgdAt
        {
            Attack = new Pgd { Steps = 1 },
            Mix = new()
            {
                CleanFraction = 0.25,
                Pairing = Pairing.Paired,
            }
        }.LossUnchecked(Batch(network, 1, 2), Values(3, 4));
        Assert.Equal(
            (0.25 * (CrossEntropy(1) + CrossEntropy(2)) / 2) + (0.75 * (CrossEntropy(3) + CrossEntropy(4)) / 2),
            loss.Loss.item<float>(), 1e-6);
    }

    [Fact]
    public void A_last_batch_that_is_all_clean_is_trained_on_as_such()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Slope);
        var loss = new Trades
        {
            Beta = 6,
            Attack = new Pgd { Steps = 1 },
            Mix = new() { CleanFraction = 0.5, CleanWeight = 3 },
        }.LossUnchecked(Batch(network, 2), null);
        Assert.Equal(CrossEntropy(2), loss.Loss.item<float>(), 1e-6);
        Assert.Null(loss.Adversarial);
    }

    [Theory]
    [InlineData("""{ "cleanFraction": 1 }""", "objective.mix.cleanFraction: found 1, which leaves nothing to attack, expected a number below 1, or the objective \"standard\"")]
    [InlineData("""{ "pairing": "paired" }""", "objective.mix.cleanFraction: found 0 with paired rows, whose clean images would weigh nothing, expected a number above 0, or disjoint rows")]
    [InlineData("""{ "cleanFraction": 0.5, "pairing": "paired", "cleanWeight": 2 }""", "objective.mix.cleanWeight: found 2 with paired rows, whose clean images weigh cleanFraction, expected 1, or disjoint rows")]
    [InlineData("""{ "cleanFraction": 1.5 }""", "objective.mix.cleanFraction: found 1.5, expected a number from 0 to 1")]
    [InlineData("""{ "cleanWeight": 0 }""", "objective.mix.cleanWeight: found 0, expected a number above 0")]
    public void What_makes_no_sense_is_a_fault_of_the_recipe(string mix, string fault)
    {
        var objective = JsonNode.Parse($$"""{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 1 }, "mix": {{mix}} }""");
        var error = Assert.Throws<TrainerException>(() => TinyRun.Recipe(("objective", objective)));
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_training_has_nothing_to_mix()
    {
        var error = Assert.Throws<TrainerException>(() => TinyRun.Recipe(("objective", JsonNode.Parse("""{ "type": "standard", "mix": { "cleanFraction": 0.5 } }"""))));
        Assert.Contains("objective.mix: unknown key", error.Message, StringComparison.Ordinal);
    }

    private static double CrossEntropy(double logit) => Math.Log(1 + Math.Exp(-logit));

    private static Tensor Values(params float[] values) => tensor(values).reshape(-1, 1, 1, 1);

    private static TrainingBatch Batch(TinyNetwork network, params float[] values) => new(
        new(network.Classifier), network.Classifier, Values(values), new(zeros(values.Length, ScalarType.Int64)),
        new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForBatch(RandomKey.Of(1)),
        new Dictionary<string, Tensor>());
}
