using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Devices;
using Trainer.Engine.Settings;
using Trainer.Engine.Training;
using Trainer.Recipes.Extensions;
using Trainer.Reports;

namespace Trainer.Cli.Reports;

/// <summary>trainer report: one page about a run, or about the evaluations of a file.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run")
        {
            Description = "The run folder, of a finished run or of one under way; or the folder of evaluate --ledger, "
                + "where weights have no run.",
        };
        var measured = new LoggingOptions().ReportExamples;
        var examples = CountOption.Create(
            "--examples", 0, "On how many of the first test images accuracy against ε is measured, "
            + $"once for each state of the run; by default {measured}; 0 measures nothing.");
        var device = new Option<string?>("--device")
        {
            Description = "Where to measure; by default the recipe's device.",
            HelpName = "device",
        };
        var threads = ThreadsOption.Create("as many as the run has");
        var extensions = RecipeArguments.ExtensionOption();
        var command = new FileCommand("report", "Writes RUN/report.html: setup, training, "
            + "results and provenance.") { run, examples, device, threads, extensions };
        command.SetAction(parsed =>
        {
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            // Also where everything is measured already.
            if (parsed.GetValue(device) is { } named)
                DeviceChoice.Resolve(named, "--device");
            if (Threads.Invalid(parsed.GetValue(threads)) is { } invalid)
                Console.Error.WriteLine($"warning: {invalid}");
            var options = new ReportOptions(
                registry, parsed.GetValue(examples) ?? measured, MachineSettings.Read().DataRoots,
                parsed.GetValue(device), parsed.GetValue(threads));
            var folder = parsed.GetRequiredValue(run);
            var page = EvaluationsReport.IsFolder(folder) ? EvaluationsReport.Write(folder)
                : RunReport.Write(
                folder, options, line =>
                Console.Error.WriteLine(line), warning => Console.Error.WriteLine($"warning: {warning}"));
            Console.Out.WriteLine(page);
            return 0;
        });
        return command;
    }
}
