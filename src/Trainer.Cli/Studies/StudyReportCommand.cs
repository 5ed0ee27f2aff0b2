using System.CommandLine;
using Spectre.Console;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Settings;
using Trainer.Engine.Studies;
using Trainer.Recipes;
using Trainer.Recipes.Extensions;
using Trainer.Reports.Studies;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Studies;

/// <summary>trainer study report: the runs of a study held against each other.</summary>
internal static class StudyReportCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("study") { Description = "The study's file, or its folder." };
        var run = StudyCommand.FolderOption();
        var noTimes = new Option<bool>("--no-times")
        {
            Description = "Leaves time and memory out: the files are then the same, byte for byte, however often the "
                + "study was interrupted.",
        };
        var extensions = RecipeArguments.ExtensionOption();
        var command = new FileCommand("report", "Writes study.html, study.md, study.csv and study.tex into the study's "
            + "folder, of the runs as they are.") { target, run, noTimes, extensions };
        command.SetAction(parsed =>
        {
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var named = parsed.GetRequiredValue(target);
            if (Directory.Exists(named) && parsed.GetValue(run) is { } other)
                throw new TrainerException(
                    ErrorKind.Recipe, $"--run: found '{other}' with the study's folder '{named}', expected it with the "
                    + "study's file. Leave one of them out.");
            if (!Path.Exists(named))
                throw new TrainerException(
                    ErrorKind.Recipe, $"'{named}' does not exist, expected a study's file or folder.");
            var (study, folder) = Directory.Exists(named)
                ? (new StudyFolder(named).Read(registry), new StudyFolder(named))
                : OfFile(named, parsed.GetValue(run), registry);
            Write(study, folder, registry, !parsed.GetValue(noTimes));
            return 0;
        });
        return command;
    }

    /// <summary>Writes the report and prints its table.</summary>
    public static void Write(Study study, StudyFolder folder, ComponentRegistry registry, bool times)
    {
        var report = StudyReport.Of(study, folder, registry, warning => Console.Error.WriteLine($"warning: {warning}"));
        var screen = Screen.Create();
        var table = Screen.Table([.. StudyReport.Headings]);
        foreach (var row in report.Rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        screen.Write(table);
        foreach (var file in report.Write(times))
            screen.WriteLine($"Wrote {file}");
    }

    private static (Study Study, StudyFolder Folder) OfFile(string file, string? run, ComponentRegistry registry)
    {
        var settings = MachineSettings.Read();
        var study = LoadedStudy.Read(file, settings, registry);
        var folder = StudyCommand.Folder(run, settings, study);
        if (!Directory.Exists(folder.Path))
            throw new TrainerException(
                ErrorKind.Checkpoint, $"There is no folder '{folder.Path}': no run of this study "
                + $"was begun. Begin with: trainer study {file}");
        if (study.Changed(folder) is { } changed)
            Console.Error.WriteLine($"warning: {changed.Found}, and the report names them by the present one. To "
                + $"report them as they were, name the folder in the place of the file:{changed.Runs}");
        return (study.Resolved.Value, folder);
    }
}
