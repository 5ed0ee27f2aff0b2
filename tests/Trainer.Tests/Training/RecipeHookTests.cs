using System.Text.Json.Nodes;

namespace Trainer.Tests.Training;

public sealed class RecipeHookTests
{
    [Fact]
    public void Hooks_that_the_recipe_names_are_disposed_once_with_the_run()
    {
        using var folder = new TemporaryFolder();
        var hook = new JsonObject { ["type"] = "leaving", ["path"] = folder.At("left") };
        new TinyRun(folder.At("run")).Train(TinyRun.Recipe(("train.maxSteps", 1), ("hooks", new JsonArray(hook))));
        Assert.Equal("disposed", File.ReadAllText(folder.At("left")));
    }
}
