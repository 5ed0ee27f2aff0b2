using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Recipes.Binding;

namespace Trainer.Tests.Recipes;

public sealed class RecipeDifferenceTests : IDisposable
{
    private readonly RecipeFolder folder = new RecipeFolder().Write("good.json", RecipeFolder.Good);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Equal_recipes_do_not_differ() => Assert.Empty(Between());

    [Fact]
    public void Each_changed_value_is_listed_once_with_its_path() => Assert.Equal(
        [
            "threat.epsilon: 0.1 → 0.03137254901960784",
            "objective.attack.steps: 10 → 7",
            "train.maxSteps: null → 5",
            "Serilog: absent → {\"MinimumLevel\":\"Debug\"}",
        ],
        Between("train.maxSteps=5", "objective.attack.steps=7", "threat.epsilon=8/255", "Serilog.MinimumLevel=Debug")
        .Select(difference => difference.ToString()));

    [Fact]
    public void A_component_of_another_type_differs_as_one() => Assert.Equal(
        ["objective.attack: {\"type\":\"pgd\",\"steps\":10,\"stepSize\":0.025,\"randomStart\":true,\"norm\":null} → "
        + "{\"type\":\"fgsm\"}"],
        Between("objective.attack.type=fgsm").Select(difference => difference.ToString()));

    [Theory]
    [InlineData("name", true)]
    [InlineData("logging.everySteps", true)]
    [InlineData("checkpoint.keepLast", true)]
    [InlineData("checkpoint.monitor", false)]
    [InlineData("guard.onCollapse", true)]
    [InlineData("guard.learningRateFactor", false)]
    [InlineData("Serilog.MinimumLevel", true)]
    [InlineData("extensions[0]", true)]
    [InlineData("evaluate.final[0].steps", true)]
    [InlineData("evaluate.finality", false)]
    [InlineData("evaluate.examples", false)]
    [InlineData("train.epochs", false)]
    [InlineData("seed", false)]
    public void Only_what_cannot_change_the_result_is_free_on_resume(string path, bool free) =>
        Assert.Equal(free, new RecipeDifference(path, "1", "2").IsFree);

    [Fact]
    public void These_options_may_change_at_resume() => Assert.Equal(
        [
            "name",
            "evaluate.final", "evaluate.checks",
            "guard.onCollapse", "guard.maxRollbacks",
            "checkpoint.everySteps", "checkpoint.everyMinutes", "checkpoint.everyEpochs", "checkpoint.keepLast",
            "checkpoint.keepBest",
            "logging",
            "device",
        ],
        RecipeShape.Of(typeof(Recipe)).MayChangeAtResume);

    [Theory]
    [InlineData("train.epochs", true)]
    [InlineData("train.maxSteps", true)]
    [InlineData("train.batchSize", false)]
    public void The_length_is_a_case_of_its_own(string path, bool length) =>
        Assert.Equal(length, new RecipeDifference(path, "1", "2").IsLength);

    [Theory]
    [InlineData("seed", true)]
    [InlineData("train.batchSize", true)]
    [InlineData("train.lastBatch", true)]
    [InlineData("data", true)]
    [InlineData("data.validation", true)]
    [InlineData("data.extra.fraction", true)]
    [InlineData("data.augment[0].padding", false)]
    [InlineData("data.path", false)]
    [InlineData("evaluate.batchSize", false)]
    [InlineData("optimizer.learningRate", false)]
    public void The_order_of_the_images_has_its_own_options(string path, bool order) =>
        Assert.Equal(order, new RecipeDifference(path, "1", "2").IsOrder);

    private IReadOnlyList<RecipeDifference> Between(params string[] set) =>
        RecipeDifference.Between(folder.Load("good.json").Tree, folder.Load("good.json", set).Tree);
}
