using System.Text.Json.Nodes;
using Trainer.Engine;
using Trainer.Engine.Training;

namespace Trainer.Tests.Training;

public sealed class NetworksTests
{
    [Fact]
    public void A_normalisation_of_other_channels_is_a_fault_of_the_recipe()
    {
        var recipe = TinyRun.Recipe(("model", JsonNode.Parse("""{ "type": "deepmind-wide-resnet", "depth": 10, "width": 1 }"""))).Value;
        using var data = recipe.Data.Load([]);
        var error = Assert.Throws<TrainerException>(() => Networks.Build(recipe, data.Train, CPU, trainable: false));
        Assert.Equal(ErrorKind.Recipe, error.Kind);
        Assert.Equal("model.normalisation: found 3 means, but the images are 1×8×8: expected one for each of their 1 channels.", error.Message);
    }

    [Fact]
    public void A_networks_normalisation_is_an_option_of_it()
    {
        var recipe = TinyRun.Recipe(("model", JsonNode.Parse("""{ "type": "resnet-18", "width": 2, "normalisation": { "mean": [0.25], "deviation": [0.5] } }"""))).Value;
        Assert.Equal([0.25], recipe.Model.Normalisation?.Mean);
        Assert.Equal([0.5], recipe.Model.Normalisation?.Deviation);
    }
}
