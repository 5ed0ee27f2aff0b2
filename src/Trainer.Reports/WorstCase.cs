using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Reports;

/// <summary>
/// How robust some weights are under a threat model against everything that was ever tried on them: an image is robust
/// if no recorded evaluation under this threat model, or under a smaller radius in its norm, misclassified it. Those
/// that differ in versions alone count as one, which misclassified what any of them did. What interrupted evaluations
/// and masking checks misclassified counts, too.
/// </summary>
/// <param name="Threat">The threat model.</param>
/// <param name="Evaluations">Each evaluation under it, with the worst case over the same images.</param>
public sealed record WorstCase(ThreatModel Threat, IReadOnlyList<WorstCase.Row> Evaluations)
{
    // Of each image that an evaluation under the threat model looked at: the evaluations that misclassified it, and
    // what did.
    private Dictionary<long, List<(EvaluationRecord Record, string By)>> Images { get; init; } = [];

    // Those that every evaluation under the threat model looked at: others may have met the weakest attack alone.
    private IReadOnlyList<long> Common { get; init; } = [];

    /// <summary>
    /// Every evaluation that counts: those under smaller radii, interrupted ones and masking checks among them.
    /// </summary>
    internal IReadOnlyList<EvaluationRecord> Counted { get; private init; } = [];

    /// <summary>The worst case over the images that every evaluation under the threat model looked at.</summary>
    public Accuracy Accuracy => Over(Common);

    /// <summary>The images that an evaluation under the threat model itself looked at.</summary>
    public IReadOnlySet<long> Attacked => Images.Keys.ToHashSet();

    /// <summary>
    /// The images that an evaluation under the threat model or a smaller radius misclassified, whether or not one under
    /// the threat model itself looked at them.
    /// </summary>
    public IReadOnlySet<long> Broken { get; private init; } = new HashSet<long>();

    /// <summary>Reads the evaluations of some weights.</summary>
    /// <param name="evaluations">The folder of all evaluations of a run.</param>
    /// <param name="classifier">The network with the weights.</param>
    /// <param name="plan">The network's description.</param>
    /// <param name="data">The test images' fingerprint.</param>
    /// <param name="threat">The threat model.</param>
    /// <exception cref="TrainerException">A file there is not one that the engine writes.</exception>
    public static WorstCase Read(
        string evaluations, Classifier classifier, EvaluationPlan plan, string data, ThreatModel threat)
    {
        var (weights, network) = (WeightsHash.Of(plan.Model, classifier.Network), LedgerIdentity.Describe(plan.Model));
        return Of(EvaluationRecord.ReadWithInterrupted(evaluations), (weights, network, data), threat);
    }

    /// <summary>The worst case of some weights on some data, of evaluations of any.</summary>
    internal static WorstCase Of(
        IEnumerable<EvaluationRecord> records, (string Weights, string Network, string Data) measured,
        ThreatModel threat) =>
        Of(records.Where(record => record.Identity.Weights == measured.Weights && record.Identity.Data == measured.Data
            // Those of earlier versions do not name the network.
            && (record.Identity.Network is null || record.Identity.Network == measured.Network)), threat);

    /// <summary>
    /// The images that are robust under each of several threat models, of those that every evaluation looked at.
    /// </summary>
    public static Accuracy UnderAll(IReadOnlyList<WorstCase> threats)
    {
        var common = threats.Select(one => one.Common).Aggregate<IEnumerable<long>>(Enumerable.Intersect).ToList();
        return new(common.Count(image => threats.All(one => one.IsRobust(image))), common.Count);
    }

    /// <summary>For other programs: under each of some threat models, and under all of several.</summary>
    public static IReadOnlyList<WorstCaseSummary> Summaries(IReadOnlyList<WorstCase> threats) =>
    [
        .. threats.Select(one => one.Summary),
        .. threats.Count < 2 ? [] : (WorstCaseSummary[])[new(
            [.. threats.Select(one => ThreatFields.Of(one.Threat))],
            WorstCaseSummary.Share.Of(UnderAll(threats)), [], [])],
    ];

    /// <summary>
    /// Under each threat model of some weights' evaluations, of each network and data set by itself. Evaluations of
    /// earlier versions, which do not name the network, count with those of every network on the data set.
    /// </summary>
    /// <returns>The threat models of each network and data set.</returns>
    internal static IReadOnlyList<IReadOnlyList<WorstCase>> UnderEach(IReadOnlyList<EvaluationRecord> records) =>
    [
        .. from data in records.GroupBy(record => record.Identity.Data)
           let named = data.Select(record => record.Identity.Network).OfType<string>().Distinct().ToList()
           from network in named.Count > 0 ? named : [""]
           let same = data.Where(record => (record.Identity.Network ?? network) == network).ToList()
           let threats = same.Where(record => record.IsFinished)
               .Select(record => ThreatOf(record.Identity.Threat)).OfType<ThreatModel>().Distinct()
           select (IReadOnlyList<WorstCase>)[.. threats.Select(threat => Of(same, threat))],
    ];

    /// <summary>
    /// The worst case over the images of one evaluation; null where no other one that counts looked at any of them, or
    /// where it is of another threat model.
    /// </summary>
    internal Accuracy? OnImagesOf(EvaluationRecord evaluation)
    {
        var images = evaluation.Last.Select(example => example.Index).ToHashSet();
        return ThreatOf(evaluation.Identity.Threat) == Threat && Counted.Contains(evaluation)
            && Counted.Any(other => other != evaluation && other.Last.Any(example => images.Contains(example.Index)))
            ? Over(images) : null;
    }

    /// <summary>
    /// The accuracy over the images of one evaluation, and the evaluations that misclassified images which it left
    /// robust, as tables call them; of an earlier version it may be the same one.
    /// </summary>
    internal (Accuracy Accuracy, IReadOnlyList<string> By) Beyond(EvaluationRecord evaluation) =>
    (
        Over(evaluation.Last.Select(example => example.Index)),
        [
            .. evaluation.Last.Where(example => example.BrokenBy is null).SelectMany(example => Images[example.Index])
                .Select(found => found.Record == evaluation ? $"{found.Record.Label} (an earlier version)"
                    : found.Record.Label).Distinct(),
        ]
    );

    internal static WorstCase Of(IEnumerable<EvaluationRecord> records, ThreatModel threat)
    {
        var within = records.Where(record => record.HasAttack)
            .Select(record => (Record: record, Epsilon: EpsilonIn(record.Identity.Threat, threat.Norm)))
            .Where(one => one.Epsilon <= threat.Epsilon).ToList();
        var here = within.Where(one => one.Epsilon == threat.Epsilon && one.Record.IsFinished)
            .Select(one => one.Record).ToList();
        var images = here.SelectMany(record => record.Last).Select(example => example.Index).Distinct()
            .ToDictionary(index => index, _ => new List<(EvaluationRecord Record, string By)>());
        var (broken, clean) = (new HashSet<long>(), new HashSet<long>());
        // Of each image, how many evaluations attacked it with this radius.
        var attacked = within.Where(one => one.Epsilon == threat.Epsilon).SelectMany(one => one.Record.Attacked)
            .CountBy(index => index).ToDictionary();
        foreach (var (record, _) in within)
            foreach (var example in record.Earlier.Append(record).SelectMany(same => same.Last)
                .Where(example => example.BrokenBy is not null).DistinctBy(example => example.Index))
            {
                broken.Add(example.Index);
                if (example.BrokenBy == EvaluationStage.Clean)
                    clean.Add(example.Index);
                if (images.TryGetValue(example.Index, out var successes))
                    successes.Add((record, record.LabelOf(example.BrokenBy!)));
            }
        var worst = new WorstCase(threat, [])
        {
            Common = [.. here.Aggregate<EvaluationRecord, IEnumerable<long>>(
                images.Keys, (common, record) => common.Intersect(record.Last.Select(example => example.Index)))],
            Images = images,
            Broken = broken,
            Counted = [.. within.Select(one => one.Record)],
        };
        return worst with
        {
            Evaluations = [.. here.Select(record => new Row(
                LabelAmong(here, record),
                new(record.Last.Count(example => example.BrokenBy is null), record.Last.Count),
                worst.Over(record.Last.Select(example => example.Index)),
                images.Count(image => image.Value is [var (only, _)] && only == record && !clean.Contains(image.Key)
                    && attacked[image.Key] > 1)))],
        };
    }

    private WorstCaseSummary Summary => new(
        [ThreatFields.Of(Threat)], WorstCaseSummary.Share.Of(Accuracy),
        [.. Evaluations.Select(row => new WorstCaseSummary.Evaluation(
            row.Attack, WorstCaseSummary.Share.Of(row.Robust), WorstCaseSummary.Share.Of(row.WorstCase),
            row.FoundAlone))],
        [.. Images.Where(image => image.Value.Count > 0).OrderBy(image => image.Key).Select(
            image => new WorstCaseSummary.Image(image.Key, [.. image.Value.Select(found => found.By).Distinct()]))]);

    /// <summary>The label, and all options where another attack has the same label.</summary>
    private static string LabelAmong(IEnumerable<EvaluationRecord> all, EvaluationRecord record) =>
        all.Any(other => other.Label == record.Label
            && !other.Identity.Attacks.SequenceEqual(record.Identity.Attacks))
        ? $"{record.Label}: {string.Join(" + ", record.Identity.Attacks)}" : record.Label;

    private bool IsRobust(long image) => Images[image].Count == 0;

    private Accuracy Over(IEnumerable<long> images)
    {
        var all = images.ToList();
        return new(all.Count(IsRobust), all.Count);
    }

    /// <summary>The radius of an identity's threat model; infinite where its norm is another.</summary>
    private static double EpsilonIn(string identity, Norm norm) =>
        ThreatOf(identity) is { } threat && threat.Norm == norm ? threat.Epsilon : double.PositiveInfinity;

    /// <summary>The threat model of an identity; null where it names none.</summary>
    internal static ThreatModel? ThreatOf(string identity) =>
        JsonNode.Parse(identity) is JsonObject threat && (int?)threat["norm"] is { } norm
        && (double?)threat["epsilon"] is { } epsilon ? new() { Norm = (Norm)norm, Epsilon = epsilon } : null;

    /// <summary>One evaluation.</summary>
    /// <param name="Attack">What tables call the attacks.</param>
    /// <param name="Robust">What it found itself.</param>
    /// <param name="WorstCase">The worst case over the same images.</param>
    /// <param name="FoundAlone">
    /// How many images its attacks alone made misclassified, of those that the network has right without an attack and
    /// that another evaluation attacked with the same radius, too.
    /// </param>
    public sealed record Row(string Attack, Accuracy Robust, Accuracy WorstCase, int FoundAlone);
}
