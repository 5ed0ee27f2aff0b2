using Trainer.Engine.Metrics;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Reports.Comparison;
using Trainer.Reports.Markup;
using Trainer.Reports.Pages;
using Trainer.Robustness.Components;

namespace Trainer.Reports;

/// <summary>Runs held against each other, as tables of text and as a page.</summary>
public sealed class ComparisonReport
{
    private readonly RunComparison comparison;

    private ComparisonReport(RunComparison comparison) => this.comparison = comparison;

    /// <summary>Reads and compares runs. Changes nothing in them.</summary>
    /// <param name="folders">Their folders.</param>
    /// <param name="registry">The components that their recipes may name.</param>
    /// <param name="warn">Takes what cannot be compared, and why.</param>
    /// <exception cref="TrainerException">One is no run folder.</exception>
    public static ComparisonReport Of(IReadOnlyList<string> folders, ComponentRegistry registry, Action<string> warn) =>
        new(RunComparison.Of(folders, registry, warn));

    /// <summary>A name for each run.</summary>
    public IReadOnlyList<string> Names => comparison.Names;

    /// <summary>Each value in which the recipes differ: its path, then each run's.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Recipes =>
        [.. comparison.Recipes.Select(
        row => (IReadOnlyList<string>)[row.Path, .. row.Values.Select(value => value ?? Format.None)])];

    /// <summary>
    /// Each final measurement: run, checkpoint, attack, threat model, images, accuracy under attack and its interval,
    /// clean accuracy and its interval.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Results =>
        [.. comparison.Runs.SelectMany((run, index) => run.Finals.Select(line => (IReadOnlyList<string>)
        [
            comparison.Names[index], line.Checkpoint, Format.Attack(line), Format.Threat(line, run.Recipe),
            Format.Count(line.Test.Examples), Format.Percent(line.Test.Robust), Interval(line.Test),
            Format.Percent(line.Test.Clean), Format.Interval(Format.IntervalOf(line.Test.Clean, line.Test.Examples)),
        ]))];

    /// <summary>
    /// Each two evaluations on the same examples: the runs, checkpoint, images, how many, who alone is right, and
    /// McNemar's p.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Pairs =>
        [.. comparison.Pairs.Where(pair => pair.Obstacle is null).SelectMany(pair => new IReadOnlyList<string>[]
        {
            [pair.First, pair.Second, pair.Checkpoint, pair.Images, Format.Count(pair.Examples),
                $"{pair.Robust.FirstOnly}", $"{pair.Robust.SecondOnly}", ComparePage.PValue(pair.Robust.PValue)],
            [pair.First, pair.Second, pair.Checkpoint, "clean", Format.Count(pair.Examples), $"{pair.Clean.FirstOnly}",
                $"{pair.Clean.SecondOnly}", ComparePage.PValue(pair.Clean.PValue)],
        })];

    /// <summary>Which two cannot be compared, and why.</summary>
    public IReadOnlyList<string> Obstacles =>
        [.. comparison.Pairs.Where(pair => pair.Obstacle is not null)
        .Select(pair => $"{pair.First} and {pair.Second}, {pair.Checkpoint}: {pair.Obstacle}.")];

    /// <summary>
    /// Checks that the page can be written: in place of a page that the trainer wrote, never of another file.
    /// </summary>
    /// <param name="name">The option that names it, for messages.</param>
    /// <param name="path">The page.</param>
    /// <exception cref="TrainerException">The file is another's, or cannot be written.</exception>
    public static void CheckPage(string name, string path)
    {
        Destination.CheckFile(name, path);
        if (File.Exists(path) && !Page.IsOurs(name, path))
            throw new TrainerException(
                ErrorKind.Recipe,
                $"{name}: '{path}' exists already and is no page of the trainer's. Name another file.");
    }

    /// <summary>Writes the page, replacing an earlier one.</summary>
    /// <exception cref="TrainerException">It cannot be written.</exception>
    public void Write(string path)
    {
        try
        {
            AtomicFile.Write(path, ComparePage.Of(comparison));
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Other, $"'{path}' cannot be written: {exception.Message.TrimEnd('.')}. "
                + "Name another file with --out.", exception);
        }
    }

    private static string Interval(AccuracyMetrics metrics) =>
        metrics.Robust is null ? Format.None : Format.Interval(Format.RobustInterval(metrics));
}
