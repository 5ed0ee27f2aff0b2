using Trainer.Engine.Checkpoints;
using Trainer.Engine.Metrics;

namespace Trainer.Reports.Studies;

/// <summary>A setting of a recipe, with a run for each seed.</summary>
/// <param name="Recipe">What the study calls the recipe.</param>
/// <param name="Setting">What it calls the setting; null for the recipe as it is.</param>
/// <param name="Cells">The runs, in the order of their seeds in the study.</param>
/// <param name="IsSelected">Whether the study selects it among the recipe's settings, or selects none.</param>
internal sealed record SettingRecord(string Recipe, string? Setting, IReadOnlyList<CellRecord> Cells, bool IsSelected)
{
    /// <summary>Recipe and setting.</summary>
    public string Name => Setting is null ? Recipe : $"{Recipe} {Setting}";

    /// <summary>The runs by which the study selects.</summary>
    public IReadOnlyList<CellRecord> Trials => [.. Cells.Where(cell => cell.Cell.IsTrial)];

    /// <summary>The mean time of training of the runs that were trained to their end; null of none.</summary>
    public double? TrainingSeconds =>
        Cells.Where(cell => cell.IsTrained).Select(cell => cell.TrainingSeconds).Average();

    /// <summary>The highest peak memory of a run; null where none is recorded.</summary>
    public long? PeakBytes => Cells.Select(cell => cell.Run?.Usage?.PeakBytes).Max();

    /// <summary>The final measurements of one kind, without those of runs that have none.</summary>
    public IReadOnlyList<AccuracyMetrics> Finals(Measure measure) =>
        [.. Cells.Select(cell => cell.Final(measure)).OfType<AccuracyMetrics>()];

    /// <summary>Whether there is a final measurement of one kind with every seed.</summary>
    public bool IsMeasured(Measure measure) => Finals(measure).Count == Cells.Count;

    /// <summary>Clean accuracy over the seeds.</summary>
    public Sample Clean(Measure measure) => Sample.Of([.. Finals(measure).Select(test => test.Clean).OfType<double>()]);

    /// <summary>Robust accuracy over the seeds.</summary>
    public Sample Robust(Measure measure) =>
        Sample.Of([.. Finals(measure).Select(test => test.Robust).OfType<double>()]);

    /// <summary>
    /// The worst case over the seeds, on the images of a final measurement; null where a run that was measured has
    /// none.
    /// </summary>
    public Sample? WorstCase(Measure measure)
    {
        var worst = Cells.Where(cell => cell.Final(measure) is not null)
            .Select(cell => cell.WorstCaseOf(measure)).ToList();
        return worst.Contains(null) ? null : Sample.Of([.. worst.OfType<double>()]);
    }

    /// <summary>
    /// A held-out metric over the trials; null where one was not trained to its end or has no such metric.
    /// </summary>
    public Sample? HeldOut(MonitoredMetric metric)
    {
        var scores = Trials.Where(cell => cell.IsTrained)
            .Select(cell => cell.Score(metric)).OfType<double>().ToList();
        return scores.Count == Trials.Count ? Sample.Of(scores) : null;
    }
}
