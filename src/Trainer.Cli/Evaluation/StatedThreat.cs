using System.Text.Json.Nodes;
using Trainer.Recipes;

namespace Trainer.Cli.Evaluation;

/// <summary>The threat model of --threat. An ε belongs to its norm: neither is taken from the recipe.</summary>
internal static class StatedThreat
{
    /// <summary>One for messages.</summary>
    public const string Example = """{"norm":"l2","epsilon":0.5}""";

    /// <summary>Its JSON.</summary>
    /// <exception cref="TrainerException">It has other keys than norm and epsilon, or lacks one of them.</exception>
    public static JsonObject Parse(string text)
    {
        var threat = EvaluatedRecipe.Parse("--threat", text);
        if (threat.Select(member => member.Key).FirstOrDefault(key => key is not ("norm" or "epsilon")) is { } unknown)
            throw new TrainerException(
                ErrorKind.Recipe,
                $"--threat: {unknown}: unknown key, expected norm and epsilon, as in {Example}. Correct it.");
        var found = (threat.ContainsKey("norm"), threat.ContainsKey("epsilon")) switch
        {
            (true, true) => null,
            (true, false) => "a norm without an epsilon",
            (false, true) => "an epsilon without a norm",
            _ => "neither norm nor epsilon",
        };
        return found is null ? threat
            : throw new TrainerException(
                ErrorKind.Recipe, $"--threat: found {found}, expected both, as in {Example}. Add what is missing.");
    }

    /// <summary>Refuses values of --set for the same threat model.</summary>
    /// <exception cref="TrainerException">There is one.</exception>
    public static void CheckAlone(IReadOnlyList<string> changes)
    {
        if (changes.FirstOrDefault(change => change.Split('=', '.')[0] == "threat") is { } change)
            throw new TrainerException(
                ErrorKind.Recipe, $"--threat and --set {change} both state the threat model. Leave one of them out.");
    }
}
