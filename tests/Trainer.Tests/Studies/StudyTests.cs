using Trainer.Engine;
using Trainer.Engine.Studies;
using Trainer.Recipes;
using Trainer.Tests.Recipes;

namespace Trainer.Tests.Studies;

public sealed class StudyTests : IDisposable
{
    private readonly RecipeFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_cells_are_every_recipe_under_every_setting_with_every_seed()
    {
        var study = Load("""
            {
              "name": "board",
              "recipes": [
                { "file": "pgd-at.json", "set": ["train.epochs=2"] },
                { "file": "fgsm-rs.json", "name": "rs", "overrides": [{ "name": "a=2", "set": ["b=3"] }], "seeds": [5] },
              ],
              "set": ["train.epochs=1"],
              "overrides": [{ "name": "lr=0.1", "set": ["optimizer.learningRate=0.1"] }, { "name": "lr=0.2", "set": [] }],
              "seeds": [0, 1],
            }
            """).Value;
        Assert.Equal(
            [
                "pgd-at.lr=0.1.seed=0", "pgd-at.lr=0.1.seed=1", "pgd-at.lr=0.2.seed=0", "pgd-at.lr=0.2.seed=1",
                "rs.a=2.seed=5",
            ], study.Cells.Select(cell => cell.Name));
        Assert.Equal(folder["fgsm-rs.json"], study.Cells[4].File);
        Assert.Equal(
            ["train.epochs=1", "train.epochs=2", "optimizer.learningRate=0.1", "seed=1", "name=pgd-at.lr=0.1.seed=1"],
            study.Cells[1].Changes);
    }

    [Fact]
    public void Without_settings_each_recipe_is_run_as_it_is() => Assert.Equal(
        ["pgd-at.seed=0"],
        Load("""{ "name": "s", "recipes": [{ "file": "pgd-at.json" }] }""").Value.Cells.Select(cell => cell.Name));

    [Theory]
    [InlineData(""" "seed": [1] """, "study.json:1: seed: unknown key, expected one of name, recipes, set, overrides, seeds, select. Did you mean \"seeds\"?")]
    [InlineData(""" "Serilog": {} """, "study.json:1: Serilog: unknown key, expected one of name, recipes, set, overrides, seeds, select.")]
    [InlineData(""" "seeds": [1, 2, 1] """, "study.json:1: seeds: found the seed 1 2 times, expected distinct seeds.")]
    [InlineData(""" "seeds": [] """, "study.json:1: seeds: found an empty list, expected at least one seed.")]
    [InlineData(""" "set": ["seed=3"] """, "study.json:1: set[0]: found seed, which the study sets for each run; name the seeds in \"seeds\".")]
    [InlineData(""" "overrides": [{ "name": "a", "set": [] }, { "name": "a", "set": [] }] """, "study.json:1: overrides: found 2 settings named \"a\", expected another name for each.")]
    [InlineData(""" "overrides": [{ "name": "a/b", "set": [] }] """, "study.json:1: overrides[0].name: found \"a/b\", expected a name of letters, digits and . _ = + - that begins with a letter or digit.")]
    [InlineData(""" "select": { "by": "test.robust" } """, "study.json:1: select.by: found \"test.robust\", expected one of validation.robust, validation.clean, validation.certified, validation.verified.")]
    [InlineData(""" "seeds": [1, 2], "select": { "by": "validation.robust", "trialSeeds": [] } """, "study.json:1: select.trialSeeds: found an empty list, expected at least one seed.")]
    [InlineData(""" "seeds": [1, 2], "select": { "by": "validation.robust", "trialSeeds": [0, 1] } """, "study.json:1: select.trialSeeds: found 0, expected seeds of every recipe; those of pgd-at are 1, 2.")]
    public void A_faulty_study_is_refused(string part, string message) => Assert.Equal(
        message, Refusal($$"""{ "name": "s", "recipes": [{ "file": "pgd-at.json" }], {{part}} }"""));

    [Fact]
    public void Equal_names_of_recipes_are_refused() => Assert.Equal(
        "study.json:1: recipes: found 2 recipes named pgd-at, expected another name for each: "
        + "{ \"file\": …, \"name\": … }.",
        Refusal("""{ "name": "s", "recipes": [{ "file": "a/pgd-at.json" }, { "file": "b/pgd-at.json" }] }"""));

    [Fact]
    public void Names_that_meet_in_one_run_folder_are_refused() => Assert.Equal(
        "study.json:1: recipes: found two runs named a.b.c.seed=0, expected distinct names of recipe and setting.",
        Refusal("""{ "name": "s", "recipes": [{ "file": "a.json", "overrides": [{ "name": "b.c", "set": [] }] }, { "file": "b.json", "name": "a.b", "overrides": [{ "name": "c", "set": [] }] }] }"""));

    [Fact]
    public void A_selection_gives_each_recipe_as_many_trials() => Assert.Equal(
        "study.json:1: select: found 2 of a, 1 of b: expected as many settings of each recipe, so that none has more "
        + "trials than another.",
        Refusal("""{ "name": "s", "recipes": [{ "file": "a.json", "overrides": [{ "name": "x", "set": [] }, { "name": "y", "set": [] }] }, { "file": "b.json" }], "select": { "by": "validation.robust" } }"""));

    [Fact]
    public void All_faults_are_listed_at_once()
    {
        var refusal = Refusal("""{ "recipes": [{ "fil": "a.json" }], "seeds": ["one"] }""");
        foreach (var path in (string[])["name: missing", "recipes[0].fil: unknown key", "seeds[0]: found \"one\""])
            Assert.Contains(path, refusal, StringComparison.Ordinal);
    }

    private ResolvedRecipe<Study> Load(string text) => RecipeLoader.Load<Study>(
        new(folder.Write("study.json", text)["study.json"]), BuiltInComponents.Registry());

    private string Refusal(string text)
    {
        var exception = Assert.Throws<TrainerException>(() => Load(text));
        Assert.Equal(ErrorKind.Recipe, exception.Kind);
        return exception.Message.Replace(folder["study.json"], "study.json", StringComparison.Ordinal);
    }
}
