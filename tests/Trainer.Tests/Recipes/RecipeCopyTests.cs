using Trainer.Engine;
using Trainer.Recipes;

namespace Trainer.Tests.Recipes;

public sealed class RecipeCopyTests : IDisposable
{
    private readonly RecipeFolder folder = new RecipeFolder().Write("base/b.json", """{ "name": "base" }""");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Paths_lead_to_the_same_files_and_the_rest_stays_letter_by_letter()
    {
        folder.Write("ready/r.json", """
            // scripts/train.sh ready/r.json
            {
              "$schema": "../recipe.schema.json",
              "extends": ["../base/b.json"], "name": "r", // the name
              "extensions": [ "bin/My.dll", "/abs/Two.dll" ],
              "data": { "name": "x", "extends": "y" },
              "model": { "type": "conv-small", "weights": "clean.pt" }, "evaluate": { "weights": "average" },
            }
            """);
        Assert.Equal(
            """
            // Copied from ../../ready/r.json: results in the comments are of that recipe.
            // scripts/train.sh ready/r.json
            {
              "$schema": "../../recipe.schema.json",
              "extends": ["../../base/b.json"], "name": "mine", // the name
              "extensions": [ "../../ready/bin/My.dll", "/abs/Two.dll" ],
              "data": { "name": "x", "extends": "y" },
              "model": { "type": "conv-small", "weights": "../../ready/clean.pt" }, "evaluate": { "weights": "average" },
            }
            """,
            RecipeCopy.Rewrite(folder["ready/r.json"], folder["my/own/mine.json"], BuiltInComponents.Registry()));
    }

    [Fact]
    public void A_recipe_without_a_name_gets_one()
    {
        folder.Write("r.json", "\uFEFF{ \"extends\": \"base/b.json\" }");
        Assert.Equal(
            "\uFEFF// Copied from r.json: results in the comments are of that recipe.\n{\n  \"name\": \"mine\", "
            + "\"extends\": \"base/b.json\" }", RecipeCopy.Rewrite(
            folder["r.json"], folder["mine.json"], BuiltInComponents.Registry()));
    }

    [Fact]
    public void A_study_is_refused_because_its_paths_would_lead_elsewhere()
    {
        folder.Write("study.json", """{ "name": "s", "recipes": [{ "file": "base/b.json" }] }""");
        var error = Assert.Throws<TrainerException>(() => RecipeCopy.Rewrite(
            folder["study.json"], folder["sub/study.json"], BuiltInComponents.Registry()));
        Assert.Contains("study.json:1: recipes: found a study, expected a recipe; ", error.Message,
            StringComparison.Ordinal);
    }
}
