using System.Text.RegularExpressions;
using Trainer.Engine;
using Trainer.Recipes;
using Trainer.Tests.Data;

namespace Trainer.Tests.Documentation;

/// <summary>The examples of recipes/README.md.</summary>
public sealed partial class RecipeExampleTests
{
    [Fact]
    public void Every_example_of_data_is_a_valid_block_of_a_recipe()
    {
        var examples = Examples().Matches(File.ReadAllText(Repository.Path("recipes", "README.md")))
            .Select(match => match.Groups[1].Value).ToList();
        string[] types = ["image-folder", "npz", "npy", "parquet", "safetensors"];
        Assert.All(types, type => Assert.Contains(
            examples, example => example.Contains($"\"{type}\"", StringComparison.Ordinal)));
        foreach (var example in examples)
            Assert.NotNull(RecipeLoader.FromText<DataAlone>(
                $"{{ {example} }}", "recipes/README.md", BuiltInComponents.Registry()).Value.Data);
    }

    [GeneratedRegex(@"```json\n(""data"": [^`]*)\n```")]
    private static partial Regex Examples();
}
