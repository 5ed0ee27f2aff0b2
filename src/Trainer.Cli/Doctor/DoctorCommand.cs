using System.CommandLine;
using Spectre.Console;
using Trainer.Cli.Options;
using Trainer.Engine.Settings;
using Trainer.Recipes;

namespace Trainer.Cli.Doctor;

/// <summary>trainer doctor: what this machine has, and what to do about what it lacks.</summary>
internal static class DoctorCommand
{
    /// <summary>Its name. It reports a libtorch that cannot be loaded as a finding.</summary>
    public const string Name = "doctor";

    public static Command Create()
    {
        var command = new Command(Name, "Looks at torch, devices, threads, precision and data, "
            + "and explains how to get what is missing. Started by mpirun or srun, it also times the sum of gradients "
            + "over the processes.");
        var processes = JoinedProcesses.Option();
        command.Add(processes);
        command.SetAction(parsed => JoinedProcesses.Run(parsed.GetValue(processes), joined =>
        {
            var settings = MachineSettings.Read();
            var torch = TorchFindings.Find().ToList();
            IEnumerable<Finding> rest = torch.Exists(finding => finding.IsFault) ? []
                : DataFindings.Find(settings).Concat(ProcessFindings.Find(joined));
            List<Finding> findings = [.. MachineFindings.Find(settings), .. torch, .. rest];
            Print(findings);
            return findings.Exists(finding => finding.IsFault) ? (int)ErrorKind.Device : 0;
        }));
        return command;
    }

    private static void Print(IReadOnlyList<Finding> findings)
    {
        var screen = Screen.Create();
        var table = Screen.Table("", "what", "found");
        foreach (var finding in findings)
            table.AddRow(Mark(finding), Markup.Escape(finding.What), Markup.Escape(finding.Found));
        screen.Write(table);
        foreach (var finding in findings.Where(finding => finding.Advice is not null))
            screen.MarkupLine($"{Mark(finding)} {Markup.Escape($"{finding.What}: {finding.Advice}")}");
    }

    private static string Mark(Finding finding) => finding switch
    {
        { IsFault: true } => "[red]fault[/]",
        { Advice: not null } => "[yellow]advice[/]",
        _ => "[green]good[/]",
    };
}
