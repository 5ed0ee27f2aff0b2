using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Reports.Comparison;

/// <summary>
/// Runs held against each other: their recipes, their metrics, and their verdicts on the same examples.
/// </summary>
/// <param name="Names">A name for each run: its own, and its folder's where two have the same.</param>
/// <param name="Runs">The runs.</param>
/// <param name="Recipes">In what their recipes differ.</param>
/// <param name="Pairs">Every two of them, example by example.</param>
internal sealed record RunComparison(
    IReadOnlyList<string> Names, IReadOnlyList<RunRecord> Runs, IReadOnlyList<RecipeRow> Recipes,
    IReadOnlyList<EvaluatedPair> Pairs)
{
    /// <summary>Reads and compares runs.</summary>
    /// <param name="folders">Their folders.</param>
    /// <param name="registry">The components that their recipes may name.</param>
    /// <param name="warn">Takes what cannot be compared, and why.</param>
    /// <exception cref="TrainerException">One is no run folder.</exception>
    public static RunComparison Of(IReadOnlyList<string> folders, ComponentRegistry registry, Action<string> warn)
    {
        var runs = folders.Select(folder => RunRecord.Read(folder, damaged => warn($"{damaged}"))).ToList();
        var names = NamesOf(runs);
        var evaluated = runs.Select((run, index) =>
            CheckpointEvaluations.Of(run, run.Evaluations, names[index], registry, warn)).ToList();
        var pairs = new List<EvaluatedPair>();
        for (var first = 0; first < runs.Count; first++)
            for (var second = first + 1; second < runs.Count; second++)
                foreach (var checkpoint in (string[])["best", "last"])
                    if (evaluated[first].TryGetValue(checkpoint, out var one)
                        && evaluated[second].TryGetValue(checkpoint, out var other)
                        && !(checkpoint == "last" && IsBest(first) && IsBest(second)))
                        pairs.AddRange(EvaluatedPair.Of(checkpoint, (names[first], one), (names[second], other)));
        return new(names, runs, RecipeRow.Between([.. runs.Select(run => WithDefaults(run, registry))]),
            [.. pairs.OrderBy(pair => pair.Checkpoint == "last")]);

        // Where the last checkpoint is the best one, in both, the second row would repeat the first.
        bool IsBest(int run) =>
            evaluated[run].TryGetValue("best", out var best)
            && ReferenceEquals(best, evaluated[run].GetValueOrDefault("last"));
    }

    /// <summary>
    /// Each run's name; with the folder's where two are equal, and a number where neither does.
    /// </summary>
    internal static IReadOnlyList<string> NamesOf(IReadOnlyList<RunRecord> runs)
    {
        var names = runs.Select(run => run.Name).ToList();
        if (names.Distinct().Count() < names.Count)
            names = [.. runs.Select(run => Path.GetFileName(run.Folder))];
        return names.Distinct().Count() == names.Count ? names
            : [.. names.Select((name, index) => $"{name} ({index + 1})")];
    }

    /// <summary>
    /// The recipe with this version's default in each field that it lacks; as it is where it names components that are
    /// not here.
    /// </summary>
    private static JsonObject WithDefaults(RunRecord run, ComponentRegistry registry)
    {
        try
        {
            return JsonNode.Parse(
                RecipeLoader.FromText<Recipe>(run.Recipe.ToJsonString(), run.Folder, registry).Text)!.AsObject();
        }
        catch (TrainerException)
        {
            return run.Recipe;
        }
    }
}
