using System.Text.Json.Nodes;
using Trainer.Engine;
using Trainer.Engine.Studies;
using Trainer.Engine.Training;
using Trainer.Recipes.Schema;

namespace Trainer.Tests.Recipes;

public sealed class RecipeSchemaTests
{
    [Fact]
    public void The_schema_agrees_with_options_and_ranges()
    {
        var schema = JsonNode.Parse(RecipeSchema.Write(typeof(Sample), RecipeFolder.Registry))!;
        Assert.Equal(
            """{"type":["object","null"],"additionalProperties":false,"properties":{"norm":{"enum":["linf","l2",null],"description":"Its norm."},"epsilon":{"type":["number","string","null"],"pattern":"^[^/]+/[^/]+$","minimum":0,"description":"Its radius."}}}""",
            Json(schema["properties"]!["threat"]));
        Assert.Equal(
            """{"type":["integer","null"],"minimum":1}""",
            schema["properties"]!["train"]!["properties"]!["epochs"]!.ToJsonString());
        Assert.Equal(
            """{"allOf":[{"$ref":"#/definitions/sample-objectives"}]}""",
            schema["properties"]!["objective"]!.ToJsonString());
        Assert.Equal(
            """{"additionalProperties":false,"properties":{"type":{"const":"trades"},"attack":{"allOf":[{"$ref":"#/definitions/sample-attacks"}]},"beta":{"type":["number","string","null"],"pattern":"^[^/]+/[^/]+$","default":6}}}""",
            Json(schema["definitions"]!["sample-objectives"]!["anyOf"]![1]));
    }

    private static string Json(JsonNode? node) =>
        node!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    [Fact]
    public void The_committed_schema_is_the_one_that_the_code_makes() => Assert.True(
        File.ReadAllText(Repository.Path("recipes", "recipe.schema.json")) == RecipeSchema.Write(
        typeof(Recipe), BuiltInComponents.Registry()),
        "recipes/recipe.schema.json is stale. Renew it with: scripts/trainer.sh recipe schema "
        + "recipes/recipe.schema.json");

    [Fact]
    public void The_schema_of_studies_is_the_one_that_the_code_makes_and_has_no_component()
    {
        var schema = RecipeSchema.Write(typeof(Study), BuiltInComponents.Registry());
        Assert.True(File.ReadAllText(Repository.Path("recipes", "study.schema.json")) == schema,
            "recipes/study.schema.json is stale. Renew it with: scripts/trainer.sh study schema "
            + "recipes/study.schema.json");
        var read = JsonNode.Parse(schema)!;
        Assert.Empty(read["definitions"]!.AsObject());
        Assert.Equal(
            ["name", "recipes", "set", "overrides", "seeds", "select", "$schema", "extends", "extensions"],
            read["properties"]!.AsObject().Select(property => property.Key));
    }
}
