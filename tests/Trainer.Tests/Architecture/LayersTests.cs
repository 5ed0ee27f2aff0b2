using System.Text.RegularExpressions;

namespace Trainer.Tests.Architecture;

/// <summary>Sources depend on the layers below their own, and never on those above.</summary>
public sealed partial class LayersTests
{
    /// <summary>From the lowest to the highest, by namespace.</summary>
    private static readonly string[] Layers =
    [
        "Trainer.Robustness",
        "Trainer.Recipes",
        "Trainer.Engine", // the list of built-in components alone
        "Trainer.Engine.Storage",
        "Trainer.Engine.Devices",
        "Trainer.Engine.Signals",
        "Trainer.Engine.Metrics",
        "Trainer.Engine.Pictures",
        "Trainer.Engine.Distributed",
        "Trainer.Engine.Data",
        "Trainer.Engine.Networks",
        "Trainer.Engine.Optimization",
        "Trainer.Engine.Checkpoints",
        "Trainer.Engine.Weights",
        "Trainer.Engine.Evaluation",
        "Trainer.Engine.Training",
        "Trainer.Engine.Repair",
        "Trainer.Engine.TensorBoard",
        "Trainer.Engine.Studies",
        "Trainer.Engine.Settings",
        "Trainer.Reports",
        "Trainer.Cli",
    ];

    [Fact]
    public void No_source_uses_a_layer_above_its_own()
    {
        var sources = Sources().ToList();
        Assert.True(sources.Count > 300, $"Found only {sources.Count} sources.");
        Assert.DoesNotContain(
            sources, source =>
            source.Namespace != "Trainer.Engine" && Layers[Rank(source.Namespace)] == "Trainer.Engine");
        Assert.Empty(sources.SelectMany(
            source => Violations(source.Namespace, source.Code).Select(used => $"{source.Namespace} uses {used}: "
            + $"{source.File}")));
    }

    [Theory]
    [InlineData("Trainer.Engine.Data", "using Trainer.Engine.Training;", "Trainer.Engine.Training")]
    [InlineData("Trainer.Engine.Evaluation.Checks", "using Trainer.Engine.Training.Collapse;",
        "Trainer.Engine.Training.Collapse")]
    [InlineData("Trainer.Engine.Weights", "var x = new Trainer.Reports.RunReport();", "Trainer.Reports.RunReport")]
    [InlineData("Trainer.Engine.Weights", "var x = Training.Recipe.Parse();", "Training")]
    [InlineData("Trainer.Robustness.Attacks", "using Trainer.Recipes;", "Trainer.Recipes")]
    public void A_use_of_a_higher_layer_is_found(string from, string code, string used) =>
        Assert.Equal([used], Violations(from, code));

    [Theory]
    [InlineData("Trainer.Engine.Training", "using Trainer.Engine.Data;")]
    [InlineData("Trainer.Engine.Training", "using Trainer.Engine.Training.Collapse;")]
    [InlineData("Trainer.Engine.Data", "var training = run.Training.Epoch;")]
    public void A_use_of_a_lower_layer_or_of_its_own_is_none(string from, string code) =>
        Assert.Empty(Violations(from, code));

    private static IEnumerable<string> Violations(string from, string code)
    {
        var own = Rank(from);
        foreach (var used in FullName().Matches(code).Select(match => match.Value).Distinct())
            if (Rank(used) > own)
                yield return used;
        // Inside Trainer.Engine.…, a sibling namespace can be named without its first part.
        if (from.StartsWith("Trainer.Engine", StringComparison.Ordinal))
            foreach (var layer in Layers.Skip(own + 1)
                .Where(layer => layer.StartsWith("Trainer.Engine.", StringComparison.Ordinal)))
                if (Regex.IsMatch(code, $@"(?<![\w.]){layer["Trainer.Engine.".Length..]}\.[A-Z]\w*[.(]"))
                    yield return layer["Trainer.Engine.".Length..];
    }

    private static int Rank(string name) =>
        Array.FindLastIndex(Layers, layer => name == layer || name.StartsWith($"{layer}.", StringComparison.Ordinal));

    private static IEnumerable<(string File, string Namespace, string Code)> Sources() =>
        from file in Repository.Sources("src")
        let code = string.Join('\n', File.ReadLines(file).Where(
            line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
        let own = Declaration().Match(code)
        where own.Success
        select (Path.GetRelativePath(Repository.Root, file), own.Groups[1].Value,
        code.Replace(own.Value, "", StringComparison.Ordinal));

    [GeneratedRegex(@"(?<![\w.])Trainer(\.[A-Z]\w*)+")]
    private static partial Regex FullName();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
