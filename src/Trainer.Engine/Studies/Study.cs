using System.Text.RegularExpressions;
using Trainer.Engine.Checkpoints;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Studies;

/// <summary>
/// Recipes, each under several settings and with several seeds: every combination is a cell, an ordinary run.
/// </summary>
public sealed partial record Study : ICrossChecked
{
    /// <summary>Names the study's folder, below the checkpoint root.</summary>
    public required string Name { get; init; }

    /// <summary>The recipes that are compared.</summary>
    public required IReadOnlyList<StudyRecipe> Recipes { get; init; }

    /// <summary>
    /// Values that every run sets, as --set takes them: "train.epochs=10". Paths are relative to the study's file.
    /// </summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The settings under which each recipe is run; none for the recipe as it is.</summary>
    public IReadOnlyList<StudySetting> Overrides { get; init; } = [];

    /// <summary>The seeds of each setting.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [0];

    /// <summary>How one setting of each recipe is selected; null shows all of them alike.</summary>
    public StudySelection? Select { get; init; }

    /// <summary>Every run, in the order of the file: by recipe, then setting, then seed.</summary>
    public IReadOnlyList<StudyCell> Cells =>
    [
        .. from recipe in Recipes
           from setting in SettingsOf(recipe)
           from seed in recipe.Seeds ?? Seeds
           select new StudyCell(
               recipe.Label, recipe.File, setting?.Name, [.. Set, .. recipe.Set, .. setting?.Set ?? []], seed,
               Select?.TrialSeeds?.Contains(seed) != false),
    ];

    /// <summary>By what one of a recipe's settings is selected; null where the study selects none.</summary>
    /// <param name="recipe">The recipe's label.</param>
    public MonitoredMetric? SelectedBy(string recipe) =>
        Select is null ? null : Recipes.First(one => one.Label == recipe).SelectBy ?? Select.By;

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (!IsLabel(Name))
            yield return new("name", Unusable(Name));
        if (Recipes.Count == 0)
            yield return new("recipes", "found an empty list, expected at least one recipe: { \"file\": … }");
        foreach (var conflict in SeedsOf("seeds", Seeds).Concat(SetOf("set", Set)).Concat(Of("overrides", Overrides)))
            yield return conflict;
        foreach (var (index, recipe) in Recipes.Index())
        {
            var path = $"recipes[{index}]";
            if (!IsLabel(recipe.Label))
                yield return new(recipe.Name is null ? $"{path}.file" : $"{path}.name", Unusable(recipe.Label));
            foreach (var conflict in SetOf($"{path}.set", recipe.Set)
                .Concat(Of($"{path}.overrides", recipe.Overrides ?? []))
                .Concat(recipe.Seeds is { } seeds ? SeedsOf($"{path}.seeds", seeds) : []))
                yield return conflict;
        }
        foreach (var (label, count) in Recipes.CountBy(recipe => recipe.Label).Where(count => count.Value > 1))
            yield return new("recipes", $"found {count} recipes named {label}, expected another name for each: "
                + "{ \"file\": …, \"name\": … }");
        foreach (var (name, _) in Cells.DistinctBy(cell => (cell.Recipe, cell.Setting, cell.Seed))
            .CountBy(cell => cell.Name).Where(count => count.Value > 1))
            yield return new("recipes", $"found two runs named {name}, expected distinct names of recipe and setting");
        if (Select is not null && Recipes.Select(recipe => SettingsOf(recipe).Count).Distinct().Count() > 1)
            yield return new("select", "found "
                + string.Join(", ", Recipes.Select(recipe => $"{SettingsOf(recipe).Count} of {recipe.Label}"))
                + ": expected as many settings of each recipe, so that none has more trials than another");
        foreach (var (index, recipe) in Recipes.Index())
            if (Select is null && recipe.SelectBy is not null)
                yield return new($"recipes[{index}].selectBy", "found a metric, and the study selects no setting. Take "
                    + "it out, or add \"select\"");
        foreach (var conflict in Select?.TrialSeeds is { } trials ? TrialsOf(trials) : [])
            yield return conflict;
    }

    private IReadOnlyList<StudySetting?> SettingsOf(StudyRecipe recipe) =>
        (recipe.Overrides ?? Overrides) is { Count: > 0 } settings ? (IReadOnlyList<StudySetting?>)settings : [null];

    private IEnumerable<RecipeConflict> TrialsOf(IReadOnlyList<long> trials)
    {
        const string Path = "select.trialSeeds";
        foreach (var conflict in SeedsOf(Path, trials))
            yield return conflict;
        foreach (var recipe in Recipes)
            foreach (var seed in trials.Except(recipe.Seeds ?? Seeds))
                yield return new(Path, $"found {seed}, expected seeds of every recipe; those of {recipe.Label} are "
                    + string.Join(", ", recipe.Seeds ?? Seeds));
    }

    private static IEnumerable<RecipeConflict> Of(string path, IReadOnlyList<StudySetting> settings) =>
        settings.Index().SelectMany(setting => SetOf($"{path}[{setting.Index}].set", setting.Item.Set)
            .Concat(IsLabel(setting.Item.Name) ? []
            : [new($"{path}[{setting.Index}].name", Unusable(setting.Item.Name))]))
        .Concat(settings.CountBy(setting => setting.Name).Where(count => count.Value > 1)
            .Select(count => new RecipeConflict(path, $"found {count.Value} settings named \"{count.Key}\", expected "
            + "another name for each")));

    private static IEnumerable<RecipeConflict> SeedsOf(string path, IReadOnlyList<long> seeds)
    {
        if (seeds.Count == 0)
            yield return new(path, "found an empty list, expected at least one seed");
        foreach (var (seed, count) in seeds.CountBy(seed => seed).Where(count => count.Value > 1))
            yield return new(path, $"found the seed {seed} {count} times, expected distinct seeds");
    }

    /// <summary>What a study itself decides may not be set.</summary>
    private static IEnumerable<RecipeConflict> SetOf(string path, IReadOnlyList<string> set) =>
        from item in set.Index()
        let key = item.Item.Split('=')[0]
        where key is "seed" or "name"
        select new RecipeConflict($"{path}[{item.Index}]", $"found {key}, which the study sets for each run; "
            + (key == "seed" ? "name the seeds in \"seeds\"" : "take it out"));

    private static string Unusable(string name) =>
        $"found \"{name}\", expected a name of letters, digits and . _ = + - that begins with a letter or digit";

    private static bool IsLabel(string name) => Labels().IsMatch(name);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._=+-]{0,100}$")]
    private static partial Regex Labels();
}
