using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Settings;
using Trainer.Engine.Storage;
using Trainer.Engine.Studies;
using Trainer.Recipes;
using Trainer.Recipes.Schema;
using Trainer.Reports.Studies;

namespace Trainer.Cli.Studies;

/// <summary>trainer study: many runs that are compared; report is a command of its own.</summary>
internal static class StudyCommand
{
    private const string ArrayVariable = "SLURM_ARRAY_TASK_ID";

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The study's JSON file: recipes, settings and seeds." };
        var run = FolderOption();
        var parallel = CountOption.Create("--parallel", 1, "How many runs at a time, 1 by default. They share the CPU "
            + "threads, and take the GPUs in turn.");
        var cell = CountOption.Create("--cell", 0, "Runs one run alone, by its number in --list; by default "
            + $"{ArrayVariable} where SLURM sets it.");
        var list = new Option<bool>("--list") { Description = "Lists the runs with their state, and runs none." };
        var command = new FileCommand("study", "Trains recipes under several settings and seeds, and reports. "
            + "Run the same command again to resume.")
        {
            WritesFiles = parsed => !parsed.GetValue(list),
        };
        command.Add(file);
        command.Add(run);
        command.Add(parallel);
        command.Add(cell);
        command.Add(list);
        command.Add(StudyReportCommand.Create());
        command.Add(SchemaCommand.Create("studies", () =>
            RecipeSchema.Write(typeof(Study), BuiltInComponents.Registry())));
        command.SetAction(parsed =>
        {
            var settings = MachineSettings.Read();
            if (parsed.GetValue(run) is { } named)
                Destination.CheckFolder("--run", named);
            if (parsed.GetValue(parallel) is not null && parsed.GetValue(cell) is not null)
                throw new TrainerException(
                    ErrorKind.Recipe,
                    "--parallel: found with --cell, which runs one run alone. Leave one of them out.");
            var study = LoadedStudy.Read(parsed.GetRequiredValue(file), settings, BuiltInComponents.Registry());
            var folder = Folder(parsed.GetValue(run), settings, study);
            if (parsed.GetValue(list))
                return List(study, folder);
            var one = parsed.GetValue(cell) ?? (parsed.GetValue(parallel) is null ? ArrayTask() : null);
            if (one >= study.Cells.Count)
                throw new TrainerException(
                    ErrorKind.Recipe, $"{(parsed.GetValue(cell) is null ? ArrayVariable : "--cell")}: found {one}, "
                    + $"expected 0 to {study.Cells.Count - 1}: the study has "
                    + $"{Quantity.Of(study.Cells.Count, "run")}. See trainer study FILE --list.");
            study.CheckPresent(folder);
            return one is { } number ? new SingleCell(study, folder).Run(number)
                : new StudyRun(study, folder, Math.Min(parsed.GetValue(parallel) ?? 1, study.Cells.Count)).Run();
        });
        return command;
    }

    /// <summary>The option that names a study's folder.</summary>
    public static Option<string?> FolderOption() => new("--run")
    {
        Description = "The study's folder. By default the study's name below the checkpoint root.",
        HelpName = "dir",
    };

    /// <summary>Where a study keeps its runs.</summary>
    public static StudyFolder Folder(string? named, MachineSettings settings, LoadedStudy study) =>
        new(named ?? Path.Combine(settings.CheckpointRoot, study.Resolved.Value.Name))
        {
            OnCollapse = cell => study.RecipeOf(cell).Value.Guard.OnCollapse,
        };

    private static int List(LoadedStudy study, StudyFolder folder)
    {
        var table = Screen.Table("cell", "run", "recipe", "state");
        var needed = study.Needed(folder);
        foreach (var (number, cell) in study.Cells.Index())
            table.AddRow(
                number.ToString(CultureInfo.InvariantCulture), Markup.Escape(cell.Name),
                Markup.Escape(Path.GetRelativePath(Environment.CurrentDirectory, cell.File)),
                Words(folder.StateOf(cell).Progress, needed.NeedOf(cell)));
        Screen.Create().Write(table);
        return 0;
    }

    private static string Words(CellProgress progress, CellNeed need) => progress switch
    {
        CellProgress.NotStarted => need switch
        {
            CellNeed.AwaitsTrials => "waits for the selection",
            CellNeed.NothingSelected => "nothing selected",
            CellNeed.NotSelected => "not selected",
            _ => "not started",
        },
        CellProgress.Unfinished => "unfinished",
        CellProgress.Trained => need switch
        {
            CellNeed.NotSelected => "trained, not selected",
            CellNeed.NothingSelected => "trained, nothing selected",
            CellNeed.Needed => "trained, to be evaluated",
            _ => "trained, waits for the selection",
        },
        CellProgress.Collapsed => "collapsed",
        _ => "finished",
    };

    private static int? ArrayTask() =>
        Environment.GetEnvironmentVariable(ArrayVariable) is not { Length: > 0 } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var task) ? task
        : throw new TrainerException(
            ErrorKind.Recipe, $"{ArrayVariable}: found \"{text}\", expected the number of a run. Correct or unset it, "
            + "or use --cell.");
}
