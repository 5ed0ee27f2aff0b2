using System.Text.Json.Nodes;
using Trainer.Recipes;

namespace Trainer.Tests.Recipes;

public sealed class RecipeBinderTests : IDisposable
{
    private readonly RecipeFolder folder = new RecipeFolder().Write("good.json", RecipeFolder.Good);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_recipe_becomes_its_record()
    {
        var recipe = folder.Load("good.json").Value;
        Assert.Equal(new Sample
        {
            Name = "good",
            Threat = new Ball { Norm = Norm.Linf, Epsilon = 0.1 },
            Objective = new SamplePgdAt { Attack = new SamplePgd { Steps = 10, StepSize = 0.025 } },
            Train = new Training { Epochs = 6 },
            Checkpoint = new Saving(),
            Final = recipe.Final,
        }, recipe);
    }

    [Fact]
    public void The_resolved_text_holds_every_default()
    {
        const string expected = """
            {
              "name": "good",
              "threat": {
                "norm": "linf",
                "epsilon": 0.1
              },
              "objective": {
                "type": "pgd-at",
                "attack": {
                  "type": "pgd",
                  "steps": 10,
                  "stepSize": 0.025,
                  "randomStart": true,
                  "norm": null
                }
              },
              "train": {
                "epochs": 6,
                "batchSize": 128,
                "precision": "float32",
                "maxSteps": null,
                "milestones": null
              },
              "checkpoint": {
                "keepLast": 2,
                "monitor": "robust",
                "compress": false,
                "share": 0.5
              },
              "check": null,
              "final": [
                {
                  "type": "pgd",
                  "steps": 40,
                  "stepSize": null,
                  "randomStart": true,
                  "norm": null
                }
              ],
              "seed": 0,
              "device": "auto"
            }

            """;
        Assert.Equal(expected, folder.Load("good.json").Text);
    }

    [Theory]
    [InlineData("8/255", 8.0 / 255)]
    [InlineData("0.031", 0.031)]
    [InlineData("0.5/2", 0.25)]
    [InlineData("3e-2", 0.03)]
    [InlineData("0", 0.0)]
    public void Numbers_may_be_fractions(string written, double epsilon)
    {
        var resolved = folder.Load("good.json", $"threat.epsilon={written}");
        Assert.Equal(epsilon, resolved.Value.Threat.Epsilon);
        Assert.Equal(epsilon, double.Parse(resolved.Tree["threat"]!["epsilon"]!.Text));
    }

    [Theory]
    [InlineData("1e3", 1000)]
    [InlineData("12.0", 12)]
    public void Whole_numbers_may_be_written_in_any_form(string written, int epochs) =>
        Assert.Equal(epochs, folder.Load("good.json", $"train.epochs={written}").Value.Train.Epochs);

    [Fact]
    public void Lists_hold_components()
    {
        var recipe = folder.Load("good.json", """final=[{"type":"fgsm"},{"type":"pgd","steps":3,"norm":"l2"}]""", "train.milestones=[2,4]").Value;
        Assert.Equal([new SampleFgsm(), new SamplePgd { Steps = 3, Norm = Norm.L2 }], recipe.Final!);
        Assert.Equal([2, 4], recipe.Train.Milestones!);
    }

    [Fact]
    public void A_component_may_be_given_by_its_name_alone()
    {
        var recipe = folder.Load("good.json", """final=["fgsm"]""", "check=fgsm");
        Assert.Equal([new SampleFgsm()], recipe.Value.Final!);
        Assert.Equal(new SampleFgsm(), recipe.Value.Check);
        Assert.Equal("fgsm", (string?)JsonNode.Parse(recipe.Text)!["check"]!["type"]);
    }

    [Fact]
    public void Null_clears_a_value_back_to_its_default()
    {
        folder.Write("child.json", """{ "extends": "good.json", "train": { "batchSize": 64, "maxSteps": 9 } }""");
        var recipe = folder.Load("child.json", "train.batchSize=null", "train.maxSteps=null", "checkpoint=null").Value;
        Assert.Equal(new Training { Epochs = 6 }, recipe.Train);
        Assert.Equal(new Saving(), recipe.Checkpoint);
    }

    [Fact]
    public void The_resolved_text_reads_back_as_the_same_recipe()
    {
        var first = folder.Load(
            "good.json", "threat.epsilon=8/255", "seed=9007199254740993", "Serilog.MinimumLevel=Debug");
        var second = RecipeLoader.FromText<Sample>(first.Text, "recipe.json", RecipeFolder.Registry);
        Assert.Equal(first.Value, second.Value with { Final = first.Value.Final });
        Assert.Equal(first.Value.Final, second.Value.Final);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(first.Hash, second.Hash);
        Assert.Equal(9007199254740993, second.Value.Seed);
    }

    [Fact]
    public void The_hash_is_that_of_the_sorted_tree_with_defaults()
    {
        const string canonical = """{"check":null,"checkpoint":{"compress":false,"keepLast":2,"monitor":"robust","share":0.5},"device":"auto","final":[{"norm":null,"randomStart":true,"stepSize":null,"steps":40,"type":"pgd"}],"name":"good","objective":{"attack":{"norm":null,"randomStart":true,"stepSize":0.025,"steps":10,"type":"pgd"},"type":"pgd-at"},"seed":0,"threat":{"epsilon":0.1,"norm":"linf"},"train":{"batchSize":128,"epochs":6,"maxSteps":null,"milestones":null,"precision":"float32"}}""";
        var expected =
            Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(canonical)));
        Assert.Equal(expected, folder.Load("good.json").Hash);
    }

    [Theory]
    [InlineData("threat.epsilon=1e-1")]
    [InlineData("threat.epsilon=1/10")]
    [InlineData("train.batchSize=128")]
    [InlineData("Serilog.MinimumLevel=Debug")]
    public void The_hash_looks_at_meaning_and_not_at_spelling(string set) =>
        Assert.Equal(folder.Load("good.json").Hash, folder.Load("good.json", set).Hash);

    [Theory]
    [InlineData("threat.epsilon=0.11")]
    [InlineData("seed=1")]
    [InlineData("objective.attack.randomStart=false")]
    [InlineData("name=other")]
    public void The_hash_changes_with_every_value(string set) =>
        Assert.NotEqual(folder.Load("good.json").Hash, folder.Load("good.json", set).Hash);

    [Fact]
    public void Every_value_names_its_source()
    {
        folder.Write("child.json", "{\n  \"extends\": \"good.json\",\n  \"train\": { \"batchSize\": 64 }\n}");
        var tree = folder.Load("child.json", "seed=1").Tree;
        Assert.Equal(
            ["good.json:5", "child.json:3", "default", "--set seed"],
            new[] { tree["train"]!["epochs"]!, tree["train"]!["batchSize"]!, tree["train"]!["precision"]!,
                tree["seed"]! }
                .Select(node => Path.GetFileName(node.Origin.ToString())));
    }
}
