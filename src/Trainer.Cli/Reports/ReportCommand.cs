using System.CommandLine;
using Trainer.Engine;
using Trainer.Engine.Recipes;
using Trainer.Engine.Reports;
using Trainer.Engine.Settings;

namespace Trainer.Cli.Reports;

/// <summary>trainer report: one page about a run.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The run folder, of a finished run or of one under way." };
        var examples = new Option<int>("--examples")
        {
            Description = "On how many of the first test images accuracy against ε is measured, once for each state of the run; 0 measures nothing.",
            HelpName = "count",
            DefaultValueFactory = _ => new LoggingOptions().ReportExamples,
        };
        var device = new Option<string?>("--device") { Description = "Where to measure; by default the recipe's device.", HelpName = "device" };
        var extensions = RecipeArguments.ExtensionOption();
        var command = new Command("report", "Writes RUN/report.html: what was asked, what happened, what it is worth, and where it came from.") { run, examples, device, extensions };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(examples) < 0)
                throw new TrainerException(ErrorKind.Recipe, $"--examples: found {parsed.GetValue(examples)}, expected a whole number of at least 0.");
            var registry = RecipeLoader.BuiltIn();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var options = new ReportOptions(registry, parsed.GetValue(examples), MachineSettings.Read().DataRoots, parsed.GetValue(device));
            var page = RunReport.Write(parsed.GetRequiredValue(run), options, line => Console.Error.WriteLine(line), warning => Console.Error.WriteLine($"warning: {warning}"));
            Console.Out.WriteLine(page);
            return 0;
        });
        return command;
    }
}
