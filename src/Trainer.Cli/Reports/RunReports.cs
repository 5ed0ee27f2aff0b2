using Serilog;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Training;
using Trainer.Reports;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Reports;

/// <summary>The report of a training run: nothing that goes wrong with it ends the run.</summary>
internal static class RunReports
{
    /// <summary>Records how the run was started.</summary>
    public static void RecordStart(string folder, ILogger log) => Try(log, "how it was started was not recorded", () =>
    {
        new RunStart(DateTimeOffset.Now, Environment.GetCommandLineArgs()[1..]).AppendTo(folder);
        return folder;
    });

    /// <summary>Writes the report of a run that has ended; every process calls it.</summary>
    /// <returns>
    /// The page's file; null where it was not written, which the log reports, and in every process but the first.
    /// </returns>
    public static string? Write(
        string folder, Recipe recipe, ComponentRegistry registry, SessionOptions options, ILogger log)
    {
        var shown = new ReportOptions(
            registry, recipe.Logging.ReportExamples, options.DataRoots ?? [], recipe.Device, options.Threads)
        {
            Processes = options.Processes,
        };
        if (options.Processes.Size > 1)
        {
            // All or none: a process that continued alone would wait for the others.
            try
            {
                RunReport.Measure(folder, shown, Line, Warn);
            }
            catch (NonFiniteLogitsException exception)
            {
                Warn(exception.Message);
            }
            shown = shown with { Examples = 0, Processes = OneProcess.Instance };
        }
        return !options.Processes.IsFirst ? null : Try(
            log, $"the report was not written, and is with: trainer report {folder}",
            () => RunReport.Write(folder, shown, Line, Warn));

        void Line(string line) => log.Debug("Report: {Line:l}", line);

        void Warn(string warning) => log.Warning("{Warning:l}", warning);
    }

    private static string? Try(ILogger log, string consequence, Func<string> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception)
        {
            log.Warning("The run is not affected, but {Consequence:l}. The reason: {Reason:l}", consequence,
                exception.Message);
            return null;
        }
    }
}
