using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Tests.Distributed;

/// <summary>
/// One to four processes, with shares of at least 32 rows, on the networks that recipes have.
/// </summary>
public sealed class EveryNumberOfProcessesTests : IDisposable
{
    private const string Attack = """{ "type": "pgd", "steps": 2, "stepSize": 0.05, "gaussianStart": 0.001 }""";
    private const string ConvSmall = """{ "type": "conv-small" }""";
    private const string ConvSmallBn = """{ "type": "conv-small-bn" }""";
    private const string Trades = $$"""{ "type": "trades", "beta": 6, "attack": {{Attack}} }""";
    private const string Free = """{ "type": "free", "replays": 2 }""";
    private readonly TemporaryFolder folder = new();

    private static IReadOnlyList<string> Objectives => [
        $$"""{ "type": "pgd-at", "attack": {{Attack}} }""",
        $$"""{ "type": "pgd-at", "attack": {{Attack}}, "mix": { "cleanFraction": 0.5, "cleanWeight": 0.5 } }""",
        Trades,
        $$"""{ "type": "awp", "gamma": 0.01, "objective": { "type": "pgd-at", "attack": {{Attack}} } }"""];

    public static TheoryData<string, string> Attacking => OnBoth(Objectives);

    public static TheoryData<string, string> Everything => OnBoth(Objectives.Append(Free));

    public static TheoryData<string, string> SteadyInFloat32 => new(
        Everything.Select(row => row.Data).Where(row => !row.Item2.Contains("trades", StringComparison.Ordinal)));

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Attacking))]
    public void Adversarial_images_of_the_first_step_have_the_bits_of_one_process(string network, string objective)
    {
        var watched = JsonNode.Parse(
            objective.Replace(Attack, $$"""{ "type": "watched", "attack": {{Attack}} }""", StringComparison.Ordinal));
        var recipe = Recipe(network, isSingle: true, objective, ("objective", watched), ("train.maxSteps", 1));
        var alone = Images(recipe, 1);
        Assert.All((int[])[2, 3, 4], size => Assert.Equal(alone, Images(recipe, size)));
    }

    [Theory]
    [InlineData(ConvSmall)]
    [InlineData(ConvSmallBn)]
    public void Perturbations_of_free_after_the_first_step_have_the_bits_of_one_process(string network)
    {
        var recipe = Recipe(network, isSingle: true, Free, ("train.maxSteps", 1));
        double[] Perturbations(int size) =>
            new DividedRun(New()).Train(recipe, size, CheckpointFiles.State, key: "objective.perturbation");
        var alone = Perturbations(1);
        Assert.Contains(alone, value => value != 0);
        Assert.All((int[])[2, 3, 4], size => Assert.Equal(alone, Perturbations(size)));
    }

    // Later, a sign or a ReLU whose argument is almost zero differs, whatever changes the order of sums.
    [Theory]
    [InlineData(ConvSmall, $$"""{ "type": "pgd-at", "attack": {{Attack}} }""")]
    [InlineData(ConvSmallBn, """{ "type": "standard" }""")]
    public void Three_steps_in_float32_are_those_of_one_process_to_rounding(string network, string objective)
    {
        var recipe = Recipe(network, isSingle: true, objective, ("train.maxSteps", 3));
        var alone = Train(recipe, 1, "model");
        Assert.All((int[])[2, 3, 4], size => DividedRun.Close(alone, Train(recipe, size, "model"), 1e-6));
    }

    // Not of trades, whose attack begins beside the clean image: there the divergence's gradient is a difference of
    // almost equal numbers, and from the second step on rounding changes some of its signs.
    [Theory]
    [Trait("duration", "long")]
    [MemberData(nameof(SteadyInFloat32))]
    public void Three_steps_of_every_other_objective_in_float32_are_those_of_one_process(
        string network, string objective)
    {
        var recipe = Recipe(
            network, isSingle: true, objective, ("train.maxSteps", 3), ("train.labelSmoothing", 0.1),
            ("average", JsonNode.Parse("""{ "type": "ema", "decay": 0.9 }""")));
        foreach (var weights in (string[])["model", "average"])
        {
            var alone = Train(recipe, 1, weights);
            Assert.All((int[])[2, 3, 4], size => DividedRun.Close(alone, Train(recipe, size, weights), 1e-6));
        }
    }

    [Theory]
    [InlineData(ConvSmall)]
    [InlineData(ConvSmallBn)]
    public void The_first_step_of_trades_in_float32_is_that_of_one_process_to_rounding(string network)
    {
        var recipe = Recipe(network, isSingle: true, Trades, ("train.maxSteps", 1));
        var alone = Train(recipe, 1, "model");
        Assert.All((int[])[2, 3, 4], size => DividedRun.Close(alone, Train(recipe, size, "model"), 1e-6));
    }

    [Theory]
    [Trait("duration", "long")]
    [MemberData(nameof(Everything))]
    public void Sixty_steps_in_float64_are_those_of_one_process(string network, string objective)
    {
        var recipe = Recipe(
            network, isSingle: false, objective, ("train.maxSteps", 60), ("train.labelSmoothing", 0.1),
            ("average", JsonNode.Parse("""{ "type": "ema", "decay": 0.9 }""")));
        foreach (var weights in (string[])["model", "average"])
        {
            var alone = Train(recipe, 1, weights);
            Assert.All((int[])[2, 3, 4], size => DividedRun.Close(alone, Train(recipe, size, weights), 1e-9));
        }
    }

    private static TheoryData<string, string> OnBoth(IEnumerable<string> objectives) => new(
        objectives.SelectMany(objective => new[] { (ConvSmall, objective), (ConvSmallBn, objective) }));

    private static ResolvedRecipe<Recipe> Recipe(
        string network, bool isSingle, string objective, params (string Path, JsonNode? Value)[] changes) =>
        DividedRun.Recipe([
            ("model", JsonNode.Parse($$"""{ "type": "precise", "single": {{(isSingle ? "true" : "false")}}, "of": {{network}} }""")),
            ("batchNorm", JsonNode.Parse("""{ "synchronise": true }""")), ("objective", JsonNode.Parse(objective)),
            ("data.count", 256), ("train.epochs", 60), ("train.batchSize", 128), ("train.attackPrecision", "float32"),
            .. changes]);

    private Dictionary<string, string> Images(ResolvedRecipe<Recipe> recipe, int size) => new DividedRun(New())
        .Train(recipe, size, () => WatchedAttack.Seen).SelectMany(seen => seen).ToDictionary(StringComparer.Ordinal);

    private double[] Train(ResolvedRecipe<Recipe> recipe, int size, string weights) =>
        new DividedRun(New()).Train(recipe, size, weights);

    private string New() => folder.At($"{Guid.NewGuid()}");
}
