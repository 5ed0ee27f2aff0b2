using System.Text.Json.Nodes;
using Trainer.Engine.Devices;
using Trainer.Engine.Networks;
using Trainer.Recipes;
using Trainer.Tests.Training;

namespace Trainer.Tests.BatchNorms;

public sealed class BatchNormOptionsTests
{
    [Theory]
    [InlineData("""{ "update": [] }""", "batchNorm.update: found an empty list, or all beside others: expected \"all\" alone, or a list of natural and adversarial.")]
    [InlineData("""{ "update": ["natural", "all"] }""", "batchNorm.update: found an empty list, or all beside others: expected \"all\" alone, or a list of natural and adversarial.")]
    [InlineData("""{ "update": "clean" }""", "batchNorm.update[0]: found \"clean\", expected one of all, natural, adversarial.")]
    [InlineData("""{ "update": ["natural"], "normalise": "joint" }""", "batchNorm.update: found a list, but clean and adversarial rows that are normalised together have no statistics of their own: write \"all\", or set normalise to separate.")]
    [InlineData("""{ "sets": 3 }""", "batchNorm.sets: found 3, expected a whole number from 1 to 2.")]
    [InlineData("""{ "sets": 2, "normalise": "joint" }""", "batchNorm.normalise: found joint, but with two sets clean and adversarial rows cannot share statistics: leave it out, or set sets to 1.")]
    [InlineData("""{ "evaluate": "clean" }""", "batchNorm.evaluate: found clean, but there is one set for all images: leave it out, or set sets to 2.")]
    [InlineData("""{ "synchronise": true, "attack": "batch" }""", "batchNorm.attack: found batch, but synchronised layers wait for all processes in each pass, and attacks may take another number of passes in each process: write \"eval\", or leave synchronise out.")]
    [InlineData("""{ "synchronise": true, "attack": "train" }""", "batchNorm.attack: found train, but synchronised layers wait")]
    public void An_impossible_recipe_is_refused_before_the_run(string block, string message)
    {
        var exception = Assert.Throws<TrainerException>(() => TinyRun.Recipe(("batchNorm", JsonNode.Parse(block))));
        Assert.Equal(ErrorKind.Recipe, exception.Kind);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attacks_in_bfloat16_cannot_update_statistics()
    {
        var exception = Assert.Throws<TrainerException>(() => TinyRun.Recipe(("batchNorm", JsonNode.Parse("""{ "attack": "train" }""")), ("train.attackPrecision", "bfloat16")));
        Assert.Contains(
            "train.attackPrecision: found bfloat16, but attacks that update the running statistics (batchNorm.attack "
            + "train) go through the network in training itself, expected float32 or auto",
            exception.Message, StringComparison.Ordinal);
        Assert.Equal(AttackPrecision.Float32, AttackNetwork.Resolve(AttackPrecision.Auto, CPU, BatchNormAttack.Train));
    }

    [Fact]
    public void One_word_is_a_list_of_one_and_is_the_default()
    {
        var written = TinyRun.Recipe(("batchNorm", JsonNode.Parse("""{ "update": "all" }""")));
        Assert.Equal([StatisticsUpdate.All], written.Value.BatchNorm.Update);
        Assert.Equal(TinyRun.Recipe().Hash, written.Hash);
        Assert.Equal(
            [StatisticsUpdate.Adversarial],
            TinyRun.Recipe(("batchNorm", JsonNode.Parse("""{ "update": "adversarial" }"""))).Value.BatchNorm.Update);
    }

    [Theory]
    [InlineData("""{ "sets": 2 }""", "conv-small", "pgd-at", """{ "cleanFraction": 0.5 }""", "batchNorm.sets: found 2, but the network has no batch norm: expected 1, or a model with batch norm such as conv-small-bn.")]
    [InlineData("""{ "sets": 2 }""", "conv-small-bn", "pgd-at", "{}", "batchNorm.sets: found 2, but the loss of this objective has adversarial images alone; expected 1, or an objective with both, such as pgd-at with a mix.")]
    [InlineData("""{ "update": ["natural", "adversarial"] }""", "conv-small-bn", "pgd-at", "{}", "batchNorm.update: found natural, but the loss of this objective has no clean images; expected \"all\" or a list without it.")]
    [InlineData("""{ "update": ["natural", "adversarial"] }""", "conv-small-bn", "pgd-at", """{ "cleanFraction": 0.5 }""", "batchNorm.update: found clean and adversarial rows in one forward; expected \"all\", or normalise \"separate\".")]
    public void What_network_or_objective_cannot_give_is_reported_at_the_first_step(
        string block, string model, string objective, string mix, string message)
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRun.Recipe(
            ("batchNorm", JsonNode.Parse(block)), ("model.type", model), ("objective.type", objective),
            ("objective.mix", JsonNode.Parse(mix)));
        var exception = Assert.Throws<TrainerException>(() => new TinyRun(folder.At("run")).Train(recipe));
        Assert.Equal((ErrorKind.Recipe, message), (exception.Kind, exception.Message));
    }
}
