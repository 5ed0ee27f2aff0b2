using Trainer.Engine.Checkpoints;
using Trainer.Engine.Metrics;
using Trainer.Engine.Studies;

namespace Trainer.Reports.Studies;

/// <summary>A run of a study as its folder records it.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Progress">How far it has come.</param>
/// <param name="Run">The run; null where it was not begun or cannot be read.</param>
/// <param name="Evaluations">The evaluations of its checkpoints "best" and "last", interrupted ones among them.</param>
internal sealed record CellRecord(
    StudyCell Cell, CellProgress Progress, RunRecord? Run,
    IReadOnlyDictionary<string, IReadOnlyList<EvaluationRecord>> Evaluations)
{
    // Computed once: of 10,000 images and several evaluations it takes time.
    private readonly Dictionary<string, IReadOnlyList<IReadOnlyList<WorstCase>>> worstCases = Evaluations.ToDictionary(
        found => found.Key,
        found => WorstCase.UnderEach([.. found.Value.Where(record => Run?.IsOwn(record) != false)]));

    /// <summary>Whether training collapsed, once or more, whatever came of it.</summary>
    public bool Collapsed => Run?.Collapses.Count > 0;

    /// <summary>Whether its best checkpoint is its last.</summary>
    public bool IsBestAtItsEnd => Run?.State is { Best: { } best } state && best.Step == state.GlobalStep;

    /// <summary>Whether its training has ended.</summary>
    public bool HasEnded => IsTrained || Progress == CellProgress.Collapsed;

    /// <summary>Whether it was trained to its end.</summary>
    public bool IsTrained => Run is not null && Progress is CellProgress.Trained or CellProgress.Finished;

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

    /// <summary>
    /// The measurements that a final one is joined of; itself, where it is not of several threat models.
    /// </summary>
    public IReadOnlyList<Measure> PartsOf(Measure measure) => !measure.IsUnion ? [measure] :
    [
        .. Finals.Where(final => final.Measure.Checkpoint == measure.Checkpoint && !final.Measure.IsUnion
            && final.Test.Robust is not null).Select(final => final.Measure),
    ];

    /// <summary>The finished evaluations that a final measurement may come from.</summary>
    public IEnumerable<EvaluationRecord> EvaluationsOf(Measure measure) =>
        Evaluations.GetValueOrDefault(measure.Checkpoint, [])
            .Where(evaluation => evaluation.IsFinished && measure.IsOf(evaluation));

    /// <summary>
    /// The worst cases over every evaluation of the run's own test images, for each checkpoint: those of its threat
    /// models.
    /// </summary>
    public IEnumerable<(string Checkpoint, IReadOnlyList<WorstCase> Threats)> WorstCases =>
        worstCases.SelectMany(found => found.Value.Select(threats => (found.Key, threats)));

    /// <summary>
    /// The worst case over the images of a final measurement; null where no other evaluation looked at any of them.
    /// </summary>
    public double? WorstCaseOf(Measure measure) =>
        (from evaluation in EvaluationsOf(measure)
         from worst in worstCases[measure.Checkpoint].SelectMany(threats => threats)
         select worst.OnImagesOf(evaluation)).FirstOrDefault(found => found is not null)?.Value;

    /// <summary>The best checkpoint's measurement on held-out images; null where there is none.</summary>
    public EpochMetrics? HeldOut =>
        Run?.State?.Best is { } best ? Run.Epochs.FirstOrDefault(epoch => epoch.Step == best.Step) : null;

    /// <summary>The time of its epochs with their measurements on held-out images; null before the first.</summary>
    public double? TrainingSeconds => Run?.Epochs is { Count: > 0 } epochs ? epochs.Sum(epoch => epoch.Seconds) : null;

    /// <summary>A metric of it, higher being better.</summary>
    public double? Score(MonitoredMetric metric) =>
        new CheckpointOptions { Monitor = metric }.Score(HeldOut?.Validation);

    /// <summary>Its state in words.</summary>
    public string State => Progress switch
    {
        CellProgress.NotStarted => "not started",
        _ when Run is null => "unreadable",
        CellProgress.Unfinished => "unfinished",
        CellProgress.Trained => "trained",
        CellProgress.Collapsed => "collapsed",
        _ => Collapsed ? "finished, collapsed" : "finished",
    };

    private IReadOnlyList<FinalMetrics> FinalLines =>
        Progress == CellProgress.Finished && Run is not null ? Run.Finals : [];
}
