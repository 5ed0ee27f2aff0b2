using System.CommandLine;
using Serilog.Core;
using Spectre.Console;
using Trainer.Cli.Evaluation;
using Trainer.Cli.Logging;
using Trainer.Cli.Options;
using Trainer.Cli.Reports;
using Trainer.Engine;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Metrics;
using Trainer.Engine.Settings;
using Trainer.Engine.Signals;
using Trainer.Engine.Storage;
using Trainer.Engine.TensorBoard;
using Trainer.Engine.Training;

namespace Trainer.Cli.Training;

/// <summary>trainer train: begins a run, or resumes it.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var recipe = new RecipeArguments();
        var run = new Option<string?>("--run")
        {
            Description = "The run folder. By default the recipe's name below the checkpoint root.",
            HelpName = "dir",
        };
        var resume = new Option<string>("--resume")
        {
            Description = "auto resumes where the run folder has a checkpoint; never refuses such a folder; "
                + "or the checkpoint to resume from.",
            HelpName = "auto|never|checkpoint",
            DefaultValueFactory = _ => SessionOptions.Auto,
        };
        var allow = new Option<bool>("--allow-recipe-change")
        {
            Description = "Resumes although the recipe differs from the checkpoint's.",
        };
        var skip = new Option<bool>("--skip-final")
        {
            Description = "Ends after the last epoch. The same command without this option makes the final "
                + "evaluation and the report.",
        };
        var threads = ThreadsOption.Create("as many as the run began with");
        var command = recipe.AddTo(new FileCommand("train", "Trains a classifier as a recipe describes. "
            + "Run the same command again to resume from the last checkpoint."));
        command.Add(run);
        command.Add(resume);
        command.Add(allow);
        command.Add(skip);
        command.Add(threads);
        var processes = JoinedProcesses.Option();
        command.Add(processes);
        command.SetAction(parsed => JoinedProcesses.Run(parsed.GetValue(processes), joined =>
        {
            if (joined.IsFirst && parsed.GetValue(run) is { } folder)
                Destination.CheckFolder("--run", folder);
            if (parsed.GetRequiredValue(resume) is var named and not (SessionOptions.Auto or SessionOptions.Never))
                Checkpoint.Open(named); // One that is not sound is refused before a run folder is created.
            var settings = MachineSettings.Read();
            return Train(parsed, recipe, settings, new(
                settings.CheckpointRoot, parsed.GetValue(run), parsed.GetRequiredValue(resume), parsed.GetValue(allow),
                settings.DataRoots, parsed.GetValue(threads))
            {
                Processes = joined,
                SkipFinal = parsed.GetValue(skip),
            });
        }));
        return command;
    }

    private static int Train(
        ParseResult parsed, RecipeArguments recipe, MachineSettings settings, SessionOptions options)
    {
        using var saves = StopRequests.IgnoreSaves();
        var registry = BuiltInComponents.Registry();
        var resolved = recipe.Load(parsed, registry, settings);
        var screen = Screen.Create();
        var live = screen.Profile.Capabilities.Interactive && screen.Profile.Capabilities.Ansi
            && !Console.IsOutputRedirected;
        if (!options.Processes.IsFirst)
        {
            string path;
            RunOutcome ended;
            using (var other = TrainingSession.Open(resolved, registry, options, _ => [], Logger.None))
            {
                path = other.Folder.Path;
                ended = other.Run();
            }
            if (ended is { Signal: null, LacksFinal: false })
                RunReports.Write(path, resolved.Value, registry, options, Logger.None);
            return ended.ExitCode;
        }
        using var log = new RunLog(settings, resolved, live ? screen : null);
        try
        {
            var bar = new ProgressBar(screen);
            RunOutcome outcome;
            string folder;
            IReadOnlyList<FinalMetrics> finals = [];
            IReadOnlyList<CheckResult> checks = [];
            using (var session = TrainingSession.Open(
                resolved, registry, options with { Ending = Ending }, Hooks, log.Logger, () =>
                TrialProcess.RunStep(resolved, ["recipe", "check", .. recipe.Repeat(parsed)])))
            {
                folder = session.Folder.Path;
                log.OpenFile(session.Folder.Log);
                RunReports.RecordStart(folder, log.Logger);
                outcome = live ? bar.Around(session.Run) : session.Run();
                if (outcome.Signal is null)
                    (finals, checks) = (session.Finals(), session.Checks());
            }
            if (outcome.LacksFinal)
                screen.WriteLine("Trained. The final evaluation and the report were left out (--skip-final).");
            else if (outcome.Signal is null)
            {
                using var ends = StopRequests.EndWithInput();
                string? Report() => RunReports.Write(folder, resolved.Value, registry, options, log.Logger);
                var report = live ? screen.Status().Start("measuring for the report", _ => Report()) : Report();
                FinalTable.Write(screen, finals, resolved.Value.EvaluationPlan);
                BackdoorTable.Write(screen, finals);
                CheckTable.WriteFlagged(screen, checks, resolved.Value.Threat);
                if (report is not null)
                    screen.WriteLine($"The report is {report}");
            }
            else
                ShowStop(outcome.Signal.Value);
            screen.WriteLine($"All files are in {folder}");
            return outcome.ExitCode;

            void ShowStop(StopSignal signal)
            {
                // Elsewhere the log has reported it; the live view shows warnings alone.
                if (live)
                    screen.WriteLine(
                        $"Stopped by {StopRequests.NameOf(signal)}, with the state saved. "
                        + "Run the same command to resume.");
            }

            void Ending(StopSignal signal)
            {
                if (live)
                    screen.Cursor.Show();
                ShowStop(signal);
                log.Dispose();
            }

            IReadOnlyList<TrainingHook> Hooks(string folder) =>
            [
                .. resolved.Value.Logging.TensorBoard ? [new TensorBoardHook(folder, log.Logger)] : (TrainingHook[])[],
                live ? bar : new ProgressLines(log.Logger),
            ];
        }
        catch (Exception exception)
        {
            log.Record(exception);
            throw;
        }
    }
}
