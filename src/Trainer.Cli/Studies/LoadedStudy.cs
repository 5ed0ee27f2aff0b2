using Trainer.Engine.Settings;
using Trainer.Engine.Studies;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Reports.Studies;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Studies;

/// <summary>A study whose cells' recipes are known to be right.</summary>
/// <param name="Resolved">The study.</param>
/// <param name="Cells">Its runs.</param>
/// <param name="Recipes">The recipe of each run.</param>
/// <param name="Registry">The components that they name.</param>
internal sealed record LoadedStudy(
    ResolvedRecipe<Study> Resolved, IReadOnlyList<StudyCell> Cells, IReadOnlyList<ResolvedRecipe<Recipe>> Recipes,
    ComponentRegistry Registry)
{
    /// <summary>The extensions that the study's file names.</summary>
    public IReadOnlyList<string> Extensions => Resolved.Extensions;

    /// <summary>Reads a study and every recipe of its cells.</summary>
    /// <param name="file">The study's file.</param>
    /// <param name="settings">The machine's settings.</param>
    /// <param name="registry">The components that they may name, without those of the study's own extensions.</param>
    /// <exception cref="TrainerException">The file or recipes are at fault; all their faults are listed.</exception>
    public static LoadedStudy Read(string file, MachineSettings settings, ComponentRegistry registry)
    {
        var study = RecipeLoader.Load<Study>(new(file), registry);
        var cells = study.Value.Cells;
        var (recipes, faults) = (new List<ResolvedRecipe<Recipe>>(), new List<(string Fault, string Cell)>());
        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        foreach (var cell in cells)
            try
            {
                var recipe = RecipeArguments.Load(cell.File, cell.Changes, registry, settings, setFolder: folder);
                recipes.Add(recipe);
                if (study.Value.SelectedBy(cell.Recipe) is { } metric
                    && TrainingChecks.Unselectable(recipe, metric) is { } problem)
                    faults.Add(($"select.by: {problem}", cell.Name));
            }
            catch (TrainerException exception)
            {
                faults.Add((exception.Message, cell.Name));
            }
        if (faults.Count == 0)
            faults.AddRange(OtherMeasurements(study.Value, [.. cells.Zip(recipes)]));
        // A fault of a common setting is told once.
        var lines = faults.GroupBy(fault => fault.Fault, fault => fault.Cell).Select(same => $"{same.Key} (in "
            + $"{(same.Count() > 1 && same.Count() == cells.Count ? "every run" : string.Join(", ", same))})").ToList();
        if (faults.Count > 0)
            throw new TrainerException(
                ErrorKind.Recipe, lines.Count == 1 ? lines[0]
                : $"{faults.Count} of {Quantity.Of(cells.Count, "run")} have a faulty recipe:\n  "
                + string.Join("\n  ", lines));
        // A run of one cell may be started in another folder.
        return new(
            study, [.. cells.Zip(recipes, (cell, recipe) => cell with { Set = [.. cell.Set, .. recipe.SetPaths] })],
            recipes, registry);
    }

    /// <summary>Runs whose metric on held-out images is not measured as that of their recipe's first run.</summary>
    private static IEnumerable<(string Fault, string Cell)> OtherMeasurements(
        Study study, IReadOnlyList<(StudyCell Cell, ResolvedRecipe<Recipe> Recipe)> runs) =>
        from recipe in runs.GroupBy(run => run.Cell.Recipe)
        let metric = study.SelectedBy(recipe.Key)
        where metric is not null
        let expected = TrainingChecks.Measurement(recipe.First().Recipe.Value, metric.Value)
        from run in recipe
        let found = TrainingChecks.Measurement(run.Recipe.Value, metric.Value)
        where found != expected
        select ($"select.by: found {found}, expected {expected}, as in {recipe.First().Cell.Name}: settings are "
            + "compared by the same measurement", run.Cell.Name);

    /// <summary>The recipe of a run, which its name tells from the others.</summary>
    public ResolvedRecipe<Recipe> RecipeOf(StudyCell cell) =>
        Cells.Zip(Recipes).First(pair => pair.First.Name == cell.Name).Second;

    /// <summary>Which runs are to be trained, as far as those in the folder say.</summary>
    public NeededCells Needed(StudyFolder folder) => NeededCells.Of(
        Resolved.Value, folder, Registry, warning => Console.Error.WriteLine($"warning: {warning}"));

    /// <summary>Refuses runs that were begun with another recipe, all of them by name.</summary>
    /// <exception cref="TrainerException">There is one.</exception>
    public void CheckPresent(StudyFolder folder)
    {
        if (Changed(folder) is { } changed)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"{changed.Found}. Undo the change, give the setting another name, move the run "
                + $"folder away, or name another folder with --run:{changed.Runs}");
    }

    /// <summary>The runs that were begun with another recipe than the study now has; null for none.</summary>
    public (string Found, string Runs)? Changed(StudyFolder folder)
    {
        var others = new List<string>();
        foreach (var (cell, recipe) in Cells.Zip(Recipes))
            if (folder.Recipe(cell, Registry) is { } stored
                && RecipeDifference.Between(stored.Tree, recipe.Tree)
                    .Where(difference => !difference.IsFree || difference.IsMeasurement).ToList()
                is { Count: > 0 } found)
                others.Add($"\n  {cell.Name}: {string.Join("; ", found)}");
        return others.Count == 0 ? null
            : ($"{Quantity.Of(others.Count, "run")} in '{folder.Path}' began with another recipe",
                string.Concat(others));
    }
}
