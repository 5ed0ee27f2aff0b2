using Trainer.Engine.Checkpoints;
using Trainer.Engine.Metrics;
using Trainer.Engine.Studies;

namespace Trainer.Reports.Studies;

/// <summary>A run of a study as its folder records it.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Progress">How far it has come.</param>
/// <param name="Run">The run; null where it was not begun or cannot be read.</param>
/// <param name="Evaluations">The finished evaluations of its checkpoints "best" and "last".</param>
internal sealed record CellRecord(
    StudyCell Cell, CellProgress Progress, RunRecord? Run,
    IReadOnlyDictionary<string, IReadOnlyList<EvaluationRecord>> Evaluations)
{
    /// <summary>Whether training collapsed, once or more, whatever came of it.</summary>
    public bool Collapsed => Run?.Collapses.Count > 0;

    /// <summary>Whether nothing more will come of it.</summary>
    public bool HasEnded => Run is not null && Progress is CellProgress.Finished or CellProgress.Collapsed;

    /// <summary>The final measurements; none before the run's end.</summary>
    public IEnumerable<(Measure Measure, AccuracyMetrics Test)> Finals =>
        FinalLines.Select(line => (Measure.Of(line, Run!), line.Test));

    /// <summary>What the poison of the training images does to each checkpoint; none without a poison.</summary>
    public IEnumerable<(string Checkpoint, BackdoorMetrics Backdoor)> Backdoors =>
        FinalLines.DistinctBy(line => line.Checkpoint)
            .Select(line => (line.Checkpoint, line.AllTest?.Backdoor!)).Where(found => found.Item2 is not null);

    /// <summary>A final measurement; null where the run has none such.</summary>
    public AccuracyMetrics? Final(Measure measure) =>
        Finals.FirstOrDefault(final => final.Measure == measure).Test;

    /// <summary>The best checkpoint's measurement on held-out images; null where there is none.</summary>
    public EpochMetrics? HeldOut =>
        Run?.State?.Best is { } best ? Run.Epochs.FirstOrDefault(epoch => epoch.Step == best.Step) : null;

    /// <summary>A metric of it, higher being better.</summary>
    public double? Score(MonitoredMetric metric) =>
        new CheckpointOptions { Monitor = metric }.Score(HeldOut?.Validation);

    /// <summary>Its state in words.</summary>
    public string State => Progress switch
    {
        CellProgress.NotStarted => "not started",
        _ when Run is null => "unreadable",
        CellProgress.Unfinished => "unfinished",
        CellProgress.Collapsed => "collapsed",
        _ => Collapsed ? "finished, collapsed" : "finished",
    };

    private IReadOnlyList<FinalMetrics> FinalLines =>
        Progress == CellProgress.Finished && Run is not null ? Run.Finals : [];
}
