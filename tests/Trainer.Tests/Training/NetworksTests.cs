using System.Text.Json.Nodes;
using Trainer.Engine.Data;
using Trainer.Engine.Networks;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Tests.Training;

public sealed class NetworksTests
{
    [Fact]
    public void A_normalisation_of_other_channels_is_a_fault_of_the_recipe()
    {
        var recipe = TinyRun.Recipe(("model", JsonNode.Parse("""{ "type": "deepmind-wide-resnet", "depth": 10, "width": 1 }"""))).Value;
        using var data = recipe.Data.Load([]);
        var error = Assert.Throws<TrainerException>(() => NetworkBuilder.Build(
            recipe.Model, recipe.Seed, data.Train, CPU, trainable: false));
        Assert.Equal(ErrorKind.Recipe, error.Kind);
        Assert.Equal(
            "model.normalisation: found 3 means, but the images are 1×8×8: expected 1 mean, one for each channel.",
            error.Message);
    }

    [Fact]
    public void A_network_that_registers_nothing_is_refused()
    {
        var recipe = TinyRun.Recipe().Value with { Model = new Mistaken(Mistake.RegistersNothing) };
        using var data = recipe.Data.Load([]);
        var error = Assert.Throws<TrainerException>(() => NetworkBuilder.Build(
            recipe.Model, recipe.Seed, data.Train, CPU, trainable: true));
        Assert.Equal(
            "model: the network of Trainer.Tests.Training.Mistaken has no parameters: "
            + "its constructor must call RegisterComponents() after it has made its layers.", error.Message);
    }

    [Theory]
    [InlineData(Mistake.ExpectsOtherImages,
        "two images [2, 1, 8, 8] cannot go through it: mat1 and mat2 shapes cannot be multiplied (2x64 and 63x2).")]
    [InlineData(Mistake.HasOtherClasses, "two images [2, 1, 8, 8] cannot go through it: Found logits of shape [2, 5], "
        + "expected [2, 2]: one for each class.")]
    [InlineData(Mistake.FreesItsResult, "two images [2, 1, 8, 8] cannot go through it: Tensor invalid -- empty handle; "
        + "a tensor that forward returns from a scope of its own needs MoveToOuterDisposeScope().")]
    [InlineData(Mistake.FlattensItsLogits, "two images [2, 1, 8, 8] cannot go through it: Found logits of shape [4], "
        + "expected [2, 2]: one for each class.")]
    [InlineData(Mistake.HasDoubleLogits, "its logits are Float64, expected Float32.")]
    [InlineData(Mistake.ChangesInPlace, "no gradient of two images can be computed: "
        + "one of the variables needed for gradient computation has been modified by an inplace operation")]
    public void A_network_that_does_not_work_is_refused_with_the_reason(Mistake mistake, string expected)
    {
        var recipe = TinyRun.Recipe().Value with { Model = new Mistaken(mistake) };
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        var error = Assert.Throws<TrainerException>(() => NetworkBuilder.Try(
            recipe.Model, run.Model.Network, run.Data.Train));
        Assert.Equal(ErrorKind.Recipe, error.Kind);
        Assert.StartsWith(
            $"model: the network of Trainer.Tests.Training.Mistaken does not work: {expected}", error.Message,
            StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } }""")]
    [InlineData("""{ "type": "free", "replays": 2 }""")]
    [InlineData("""{ "type": "awp", "objective": { "type": "trades", "beta": 6, "attack": { "type": "pgd", "steps": 2 } } }""")]
    public void A_network_without_a_gradient_of_its_images_is_trained(string objective)
    {
        var recipe = TinyRun.Recipe(("objective", JsonNode.Parse(objective))).Value with
        {
            Model = new Mistaken(Mistake.CutsItsGraph),
        };
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        using var before = run.Model.Parameters.Values.clone();
        using var batches = run.Batches(attempt: 0, epoch: 0);
        new TrainingStep(run).Run(batches, 0.1);
        using var change = (run.Model.Parameters.Values - before).abs().max();
        Assert.InRange(change.item<float>(), 1e-6f, 1);
    }

    [Fact]
    public void A_network_of_the_engines_own_is_called_as_in_recipes()
    {
        var recipe = TinyRun.Recipe().Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        using var smaller = new ImageData(
            zeros(2, 1, 4, 4, ScalarType.Byte), zeros(2, ScalarType.Int64), run.Data.Train.ClassNames);
        var error = Assert.Throws<TrainerException>(() => NetworkBuilder.Try(recipe.Model, run.Model.Network, smaller));
        Assert.StartsWith(
            "model: the network conv-small does not work: two images [2, 1, 4, 4] cannot go through it: ",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_works_is_let_pass_and_left_in_its_mode()
    {
        var recipe = TinyRun.Recipe().Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        run.Model.Network.Network.train();
        NetworkBuilder.Try(recipe.Model, run.Model.Network, run.Data.Train);
        Assert.True(run.Model.Network.Network.training);
    }

    [Fact]
    public void A_networks_normalisation_is_an_option_of_it()
    {
        var recipe = TinyRun.Recipe(("model", JsonNode.Parse("""{ "type": "resnet-18", "width": 2, "normalisation": { "mean": [0.25], "deviation": [0.5] } }"""))).Value;
        Assert.Equal([0.25], recipe.Model.Normalisation?.Mean);
        Assert.Equal([0.5], recipe.Model.Normalisation?.Deviation);
    }
}
