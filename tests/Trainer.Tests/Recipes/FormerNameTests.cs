using Serilog.Core;
using Trainer.Engine;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Attacks;

namespace Trainer.Tests.Recipes;

/// <summary>
/// Options that were renamed. The fixture is a recipe with every former name, and a checkpoint at step 9 of 12 that the
/// code before the change made of it: <c>trainer train before.json --run run</c>, with its data paths changed to /data.
/// </summary>
public sealed class FormerNameTests : IDisposable
{
    private static readonly string Fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "former-names");

    private static readonly (string Former, string Present)[] Renamed =
    [
        ("\"leastGain\"", "\"minDelta\""),
        ("\"rise\"", "\"pctStart\""),
        ("\"initialDivisor\"", "\"divFactor\""),
        ("\"finalDivisor\"", "\"finalDivFactor\""),
        ("\"firstShare\"", "\"pInit\""),
        ("\"searches\"", "\"binarySearchSteps\""),
        ("\"firstC\"", "\"initialConst\""),
        ("\"choose\"", "\"subset\""),
        ("\"firstQueries\"", "\"initialNumEvals\""),
        ("\"mostQueries\"", "\"maxNumEvals\""),
        ("\"apart\"", "\"separate\""),
        ("\"goal\"", "\"loss\""),
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, string> Names() => [.. Renamed];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_new_recipe_with_a_former_name_is_refused_with_the_present_one(string former, string present)
    {
        var recipe = Before().Replace(former, "FORMER", StringComparison.Ordinal);
        foreach (var (other, name) in Renamed)
            recipe = recipe.Replace(other, name, StringComparison.Ordinal);
        var path = Path.Combine(folder.Path, "recipe.json");
        File.WriteAllText(path, recipe.Replace("FORMER", former, StringComparison.Ordinal));

        var exception = Assert.Throws<TrainerException>(() => RecipeLoader.Load<Recipe>(
            new(path), BuiltInComponents.Registry()));

        Assert.Equal(ErrorKind.Recipe, exception.Kind);
        Assert.Contains($"now named {present}", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_recipe_that_a_run_stored_with_former_names_is_read_with_the_present_ones()
    {
        var stored = Checkpoint.Open(Path.Combine(Fixture, "000007-step-000000009")).State.Recipe.ToJsonString();
        Assert.All(Renamed, name => Assert.Contains(name.Former, stored, StringComparison.Ordinal));

        var text = RecipeLoader.FromText<Recipe>(stored, "state.json", BuiltInComponents.Registry()).Text;

        Assert.All(Renamed, name => Assert.Contains(name.Present, text, StringComparison.Ordinal));
        Assert.All(Renamed, name => Assert.DoesNotContain(name.Former, text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_draws_of_apgd_and_eot_are_now_eotIterations()
    {
        var former = Before().Replace("""{ "type": "square", "queries": 10, "firstShare": 0.7, "goal": null }""",
            """{ "type": "apgd", "draws": 2 }, { "type": "eot", "draws": 3, "attack": { "type": "apgd-ce", "draws": 4 } }""", StringComparison.Ordinal);
        var stored = RecipeLoader.FromText<Recipe>(former, "state.json", BuiltInComponents.Registry());
        Assert.Equal([new Apgd { EotIterations = 2 }, new Eot
        {
            Attack = new ApgdCe { EotIterations = 4 },
            EotIterations = 3,
        }], stored.Value.Evaluate.Attacks);

        foreach (var (other, name) in Renamed)
            former = former.Replace(other, name, StringComparison.Ordinal);
        var path = Path.Combine(folder.Path, "recipe.json");
        File.WriteAllText(path, former);
        var exception = Assert.Throws<TrainerException>(() => RecipeLoader.Load<Recipe>(
            new(path), BuiltInComponents.Registry()));
        Assert.Equal(3, exception.Message.Split("now named \"eotIterations\"").Length - 1);
    }

    [Fact]
    public void A_run_from_before_the_change_resumes_with_a_recipe_of_present_names()
    {
        foreach (var file in Directory.GetFiles(Fixture, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder.Path, "run", Path.GetRelativePath(Fixture, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        var recipe = Before();
        foreach (var (former, present) in Renamed)
            recipe = recipe.Replace(former, present, StringComparison.Ordinal);
        var path = Path.Combine(folder.Path, "run", "after.json");
        File.WriteAllText(path, recipe);
        var registry = BuiltInComponents.Registry();
        var resolved = RecipeLoader.Load<Recipe>(new(path) { Set = ["device=cpu"] }, registry);

        using var session = TrainingSession.Open(
            resolved, registry, new(RunFolder: Path.Combine(folder.Path, "run")), _ => [], Logger.None);
        session.Run();

        Assert.Equal([9, 10, 11, 12], File.ReadLines(session.Folder.Metrics)
            .Where(line => line.Contains("\"type\":\"step\"", StringComparison.Ordinal))
            .Select(line => (int)System.Text.Json.Nodes.JsonNode.Parse(line)!["step"]!).TakeLast(4));
        Assert.Equal(4, session.Finals().Count);
    }

    private static string Before() => File.ReadAllText(Path.Combine(Fixture, "before.json"));
}
