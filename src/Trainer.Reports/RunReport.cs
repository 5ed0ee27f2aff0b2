using Trainer.Engine.Checkpoints;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Reports.Examinations;
using Trainer.Reports.Pages;
using Trainer.Robustness.Components;

namespace Trainer.Reports;

/// <summary>
/// Writes a run's report.html. What the run's own files do not hold is measured on a few test images, once.
/// </summary>
public static class RunReport
{
    /// <summary>
    /// Measures by several processes what the page shows; each of them calls it before the first one writes the page.
    /// </summary>
    /// <param name="path">The run folder.</param>
    /// <param name="options">What to measure, and the processes.</param>
    /// <param name="progress">Takes a line about each metric that is measured.</param>
    /// <param name="warn">Takes what the page lacks, and why.</param>
    /// <exception cref="TrainerException">A process cannot measure.</exception>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public static void Measure(string path, ReportOptions options, Action<string> progress, Action<string> warn) =>
        new RunExamination(options, progress, warn).Run(() => RunRecord.Read(path, _ => { }));

    /// <summary>Writes the page, replacing an earlier one.</summary>
    /// <param name="path">The run folder, of a finished run or of one under way.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="progress">Takes a line about each metric that is measured.</param>
    /// <param name="warn">Takes what the page lacks, and why.</param>
    /// <returns>The page's file.</returns>
    /// <exception cref="TrainerException">It is no run folder, or the page cannot be written.</exception>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public static string Write(string path, ReportOptions options, Action<string> progress, Action<string> warn)
    {
        var run = RunRecord.Read(path, damaged => warn($"{damaged}"));
        var page = Path.Combine(run.Folder, RunFileNames.Report);
        Destination.CheckFile("report", page);
        if (new RunExamination(options, progress, warn).Run(() => run))
            run = RunRecord.Read(path, _ => { });
        try
        {
            AtomicFile.Write(page, ReportPage.Of(run));
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Other, $"'{page}' cannot be written: {exception.Message.TrimEnd('.')}. Make room, "
                + "or make the folder writable.", exception);
        }
        return page;
    }
}

/// <summary>What a report may measure, and with what.</summary>
/// <param name="Registry">The components that the run's recipe may name.</param>
/// <param name="Examples">
/// How many of the first test images accuracy against ε is measured on; 0 measures nothing.
/// </param>
/// <param name="DataRoots">Folders in which data sets are looked for.</param>
/// <param name="Device">Where to measure; null for the recipe's device.</param>
/// <param name="Threads">How many CPU threads; null for OMP_NUM_THREADS, else the run's number.</param>
public sealed record ReportOptions(
    ComponentRegistry Registry, int Examples, IReadOnlyList<string> DataRoots, string? Device = null,
    int? Threads = null)
{
    /// <summary>The processes that share the measurement.</summary>
    public Collectives Processes { get; init; } = OneProcess.Instance;
}
