using Trainer.Cli.Studies;
using Trainer.Engine;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Optimization;
using Trainer.Engine.Settings;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Attacks;

namespace Trainer.Tests.Recipes;

/// <summary>The recipe's own records, as users write them.</summary>
public sealed class RealRecipeTests : IDisposable
{
    private const string Small = """
        {
          "name": "small",
          "data": { "type": "fashion-mnist" },
          "model": { "type": "conv-small" },
          "threat": { "norm": "linf", "epsilon": "8/255" },
          "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 10 } },
          "optimizer": { "type": "sgd", "learningRate": 0.05 },
          "train": { "epochs": 6, "attackPrecision": "bfloat16" }
        }
        """;

    private readonly RecipeFolder folder = new RecipeFolder().Write("small.json", Small);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_small_recipe_is_completed_by_the_records_defaults()
    {
        var resolved = Load();
        Assert.Equal(AttackPrecision.BFloat16, resolved.Value.Train.AttackPrecision);
        Assert.Equal(new Cosine(), resolved.Value.Schedule);
        Assert.Equal(8.0 / 255, resolved.Value.Threat.Epsilon);
        Assert.Equal("""{"type":"cosine","warmupEpochs":0}""", RecipeText.Line(resolved.Tree["schedule"]!));
        Assert.Equal("""[{"type":"pgd","steps":20,"stepSize":null,"randomStart":true,"restarts":1,"loss":"margin","gaussianStart":null,"surfaceStart":false}]""", RecipeText.Line(resolved.Tree["evaluate"]!["attacks"]!));
        Assert.Equal("\"validation.robust\"", RecipeText.Line(resolved.Tree["checkpoint"]!["monitor"]!));
    }

    [Fact]
    public void What_a_run_stores_reads_back_without_a_difference()
    {
        var resolved = Load("evaluate.final=[]");
        var stored = RecipeLoader.FromText<Recipe>(resolved.Text, "recipe.json", BuiltInComponents.Registry());
        Assert.Empty(RecipeDifference.Between(resolved.Tree, stored.Tree));
        Assert.Equal(resolved.Hash, stored.Hash);
        Assert.Empty(stored.Value.Evaluate.Final);
    }

    [Fact]
    public void Attacks_of_evaluations_are_components_too()
    {
        var final = Load("""evaluate.final=[{"attack":{"type":"fgsm"},"examples":7}]""").Value.Evaluate.Final;
        Assert.Equal([new FinalEvaluation { Attack = new Fgsm(), Examples = 7 }], final);
    }

    [Fact]
    public void Every_component_can_be_described()
    {
        var registry = BuiltInComponents.Registry();
        foreach (var kind in registry.Kinds)
            foreach (var name in registry.Names(kind))
            {
                var shape = RecipeShape.Of(registry.Find(kind, name)!);
                Assert.False(string.IsNullOrEmpty(shape.Description), $"{name} lacks a summary.");
                Assert.All(shape.Options, option =>
                    Assert.False(
                    string.IsNullOrEmpty(option.Description), $"{name}.{option.Key} lacks a description."));
            }
    }

    [Fact]
    public void Every_committed_recipe_is_right()
    {
        var recipes = Directory.EnumerateFiles(Repository.Path("recipes"), "*.json", SearchOption.AllDirectories)
            .Where(file =>
            !file.EndsWith(".schema.json", StringComparison.Ordinal)
            && !file.Contains("/base/", StringComparison.Ordinal)
            && !file.Contains("/studies/", StringComparison.Ordinal)
            && !file.Contains("/extension-example/", StringComparison.Ordinal));
        foreach (var file in recipes)
            Assert.NotEqual("", RecipeLoader.Load<Recipe>(new(file), BuiltInComponents.Registry()).Value.Name);
    }

    [Fact]
    public void Every_run_of_a_committed_study_has_a_right_recipe()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.Path("recipes", "studies"), "*.json"))
            Assert.NotEmpty(LoadedStudy.Read(file, MachineSettings.Read(), BuiltInComponents.Registry()).Recipes);
    }

    [Fact]
    public void Every_base_recipe_is_right_once_it_is_completed()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.Path("recipes", "base"), "*.json"))
        {
            folder.Write("child.json", $$"""
                {
                  "extends": "{{file}}",
                  "name": "child",
                  "objective": { "type": "standard" },
                  "optimizer": { "type": "sgd", "learningRate": 0.05 },
                  "train": { "epochs": 1 }
                }
                """);
            Assert.Equal(
                "child", RecipeLoader.Load<Recipe>(new(folder["child.json"]), BuiltInComponents.Registry()).Value.Name);
        }
    }

    [Theory]
    [InlineData("threat.epsilon=8", "--set threat.epsilon: found 8 for linf, but pixels are in [0, 1], "
        + "where 1 allows any image; expected at most 1, such as \"8/255\".")]
    [InlineData("""evaluate.final=[{"attack":"fgsm"},{"attack":"fgsm","threat":{"norm":"linf","epsilon":2}}]""", "--set evaluate.final: evaluate.final[1].threat.epsilon: found 2 for linf, but pixels are in [0, 1], where 1 allows any image; expected at most 1, such as \"8/255\".")]
    public void A_radius_beyond_the_box_is_refused(string set, string message) =>
        Assert.Equal(message, Assert.Throws<TrainerException>(() => Load(set)).Message);

    [Fact]
    public void In_L2_and_L1_a_radius_may_be_longer() =>
        Assert.Equal(8, Load("threat.norm=l2", "threat.epsilon=8").Value.Threat.Epsilon);

    private ResolvedRecipe<Recipe> Load(params string[] set) =>
        RecipeLoader.Load<Recipe>(new(folder["small.json"]) { Set = set }, BuiltInComponents.Registry());
}
