using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Training;

public sealed class DividedPassTests
{
    private const string Attack = """ "attack": { "type": "pgd", "steps": 2, "gaussianStart": 0.01 } """;

    public static TheoryData<string> Objectives =>
    [
        """{ "type": "standard" }""",
        $$"""{ "type": "pgd-at", {{Attack}} }""",
        $$"""{ "type": "pgd-at", {{Attack}}, "mix": { "cleanFraction": 0.3 } }""",
        $$"""{ "type": "pgd-at", {{Attack}}, "mix": { "cleanFraction": 0.3, "pairing": "paired" } }""",
        $$"""{ "type": "trades", "beta": 6, {{Attack}} }""",
        $$"""{ "type": "trades", "beta": 6, {{Attack}}, "mix": { "cleanFraction": 0.8 } }""",
        $$"""{ "type": "mart", "lambda": 5, {{Attack}} }""",
        $$"""{ "type": "awp", "gamma": 0.1, "objective": { "type": "trades", "beta": 6, {{Attack}} } }""",
        """{ "type": "free", "replays": 2 }""",
    ];

    [Theory]
    [MemberData(nameof(Objectives))]
    public void Parts_of_a_batch_have_the_gradients_of_the_whole(string objective)
    {
        using var scope = NewDisposeScope();
        using var whole = Run(objective, threads: 1);
        using var parts = Run(objective, threads: 3);
        var (expected, found) = (Step(whole), Step(parts));
        Assert.Equal(expected.Loss, found.Loss, 1e-5);
        Assert.True(expected.Gradients.abs().max().item<float>() > 0.01);
        TensorAssert.Close(expected.Gradients, found.Gradients, 1e-5);
        parts.Parameters.Verify();
    }

    [Fact]
    public void Parts_are_added_in_the_same_order_every_time()
    {
        using var scope = NewDisposeScope();
        using var run = Run("""{ "type": "standard" }""", threads: 4);
        var first = Step(run).Gradients;
        for (var again = 0; again < 20; again++)
            TensorAssert.Same(first, Step(run).Gradients);
    }

    [Fact]
    public void A_network_that_does_not_say_so_is_not_divided()
    {
        using var scope = NewDisposeScope();
        using var run = Run("""{ "type": "standard" }""", threads: 2, model: "conv-small-bn");
        var batch = Batch(run);
        var (logits, _) = run.TrainingNetwork.Logits(batch.Images, null, Normalise.Together);
        // Batch norm over the whole batch: the logits of its rows sum to what the rows together give.
        TensorAssert.Same(run.Network.Logits(batch.Images), logits!);
    }

    private static TrainingRun Run(string objective, int threads, string model = "conv-small")
    {
        var recipe = TinyRun.Recipe(
            ("objective", JsonNode.Parse(objective)),
            ("model", new JsonObject { ["type"] = model }),
            ("train", JsonNode.Parse("""{ "epochs": 4, "batchSize": 50, "attackPrecision": "float32" }"""))).Value;
        var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        run.UseThreads(threads);
        return run;
    }

    private static TrainingBatch Batch(TrainingRun run)
    {
        using var epoch = run.Epoch(0, 0);
        var (images, targets) = run.Examples(epoch);
        return run.Batch(images, targets, RandomSource.ForBatch(run.Random.Key("test")));
    }

    private static (float Loss, Tensor Gradients) Step(TrainingRun run)
    {
        var batch = Batch(run);
        var loss = run.Recipe.Objective.Loss(batch, run.Perturb(batch));
        run.Parameters.Gradients.zero_();
        batch.Network.Backward(loss.Loss);
        loss.AfterStep?.Invoke();
        return (loss.Loss.item<float>(), run.Parameters.Gradients.clone());
    }
}
