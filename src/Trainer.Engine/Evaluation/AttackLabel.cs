using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Recipes;
using Trainer.Robustness.Attacks;

namespace Trainer.Engine.Evaluation;

/// <summary>
/// What tables call an attack: its name, and the number of target classes where it is not the attack's usual one, as in
/// "malt (2 targets)". The name itself seeds the attack, so that it does not depend on the targets.
/// </summary>
public static class AttackLabel
{
    /// <summary>The label of a recorded attack.</summary>
    /// <param name="name">Its name; of a sequence, the names joined by "+".</param>
    /// <param name="attacks">
    /// Each attack with its options, as the ledger's identity has it; null where these are not known.
    /// </param>
    public static string Of(string name, IReadOnlyList<string>? attacks)
    {
        // An ensemble, such as autoattack, has a name and targets of its own: it has several attacks and one name.
        var names = name.Split(" + ");
        return attacks is null || attacks.Count != names.Length ? name
            : string.Join(" + ", names.Zip(attacks, (one, options) => UnusualTargets(options) is { } targets
                ? $"{one} ({Quantity.Of(targets, "target")})" : one));
    }

    private static int? UnusualTargets(string attack)
    {
        if (attack.IndexOf('{', StringComparison.Ordinal) is var start && start < 0)
            return null;
        try
        {
            return JsonNode.Parse(attack[start..]) is { } options ? UnusualTargets(attack[..start], options) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Of the attack or the one within it, as an attack on another network has one.</summary>
    /// <param name="type">Ends in the attack's type.</param>
    /// <param name="options">Its options.</param>
    private static int? UnusualTargets(string type, JsonNode options) => options is not JsonObject members ? null
        : members["targets"] is JsonValue value && value.TryGetValue<int>(out var targets)
        ? targets == UsualTargets(type.TrimEnd().Split(' ')[^1]) ? null : targets
        : members.Select(member => member.Value is { } inner ? UnusualTargets(member.Key, inner) : null)
            .FirstOrDefault(found => found is not null);

    private static int? UsualTargets(string type) =>
        typeof(IAttack).Assembly.GetType($"{typeof(IAttack).Namespace}.{type}") is { } known
        ? (int?)known.GetProperty("Targets")?.GetValue(Activator.CreateInstance(known)) : null;
}
